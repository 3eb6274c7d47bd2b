import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { sha256Digest } from "../../protocol/digest.ts";
import type { LayerRecord } from "../layers/layer-record.ts";

/** A layer on its way to a file: both hashes and the file are fed in order. */
export class LayerFile {
  readonly #descriptor: number;
  readonly #diffId = createHash("sha256");
  readonly #digest = createHash("sha256");
  #size = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, "wx");
  }

  addTar(bytes: Uint8Array): void {
    this.#diffId.update(bytes);
  }

  addCompressed(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    this.#size += bytes.length;
    // A full disk can take a part of what is given and refuse only the next.
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
  }

  finish(): LayerRecord {
    return {
      digest: sha256Digest(this.#digest.digest("hex")),
      diffId: sha256Digest(this.#diffId.digest("hex")),
      size: this.#size,
    };
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
