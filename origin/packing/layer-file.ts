import { createHash } from "node:crypto";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { sha256Digest } from "../../protocol/digest.ts";
import type { LayerWithFragments, PackedFragment } from "./messages.ts";

type WrittenFragment = Omit<PackedFragment, "tarHash">;

/** The hashes of a layer's uncompressed tar. */
interface TarHashes extends Pick<LayerWithFragments, "diffId"> {
  /** The tar hash of each store path that stands apart. */
  readonly tarHashes: ReadonlyMap<string, string>;
}

/** The file of a compressed layer. Computes the digest while it is written. */
export class LayerFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #digest = createHash("sha256");
  readonly #fragments: WrittenFragment[] = [];
  #size = 0;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "wx");
  }

  /** `apart`: the store path whose compressed form the bytes are, or a part of it. Undefined for mixed bytes. */
  add(bytes: Uint8Array, apart: string | undefined): void {
    if (apart !== undefined) this.#addToFragment(apart, bytes);
    this.#digest.update(bytes);
    this.#size += bytes.length;
    // A full disk may take a part of the bytes, and refuse only the next write.
    for (let written = 0; written < bytes.length;) written += writeSync(this.#descriptor, bytes, written);
  }

  /** Describes the layer. Call it after the last byte. */
  finish({ diffId, tarHashes }: TarHashes): LayerWithFragments {
    const fragments = this.#fragments.flatMap((fragment) => {
      const tarHash = tarHashes.get(fragment.path);
      return tarHash === undefined ? [] : [{ ...fragment, tarHash }];
    });
    return { digest: sha256Digest(this.#digest.digest("hex")), diffId, size: this.#size, fragments };
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Closes and removes the file. */
  discard(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  #addToFragment(path: string, bytes: Uint8Array): void {
    const last = this.#fragments.at(-1);
    if (last?.path !== path) {
      this.#fragments.push({ path, offset: this.#size, size: bytes.length, checksum: crc32(bytes) });
      return;
    }
    const size = last.size + bytes.length;
    this.#fragments.splice(-1, 1, { ...last, size, checksum: crc32(bytes, last.checksum) });
  }
}
