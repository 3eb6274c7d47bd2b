import { createHash, type Hash } from "node:crypto";
import { PARENT_ENTRIES } from "./store-path-entries.ts";
import { tarHeader } from "../../image/tar/tar-header.ts";

const PARENT_HEADERS = Buffer.concat(PARENT_ENTRIES.map(tarHeader));

/** The hash and the length of the whole tar at the beginning of a section. */
interface Beginning {
  readonly whole: Hash;
  readonly bytes: number;
}

/**
 * Computes the SHA-256 of a layer's tar. For each store path that stands apart, it also computes the hash of the parent
 * directories with this path's section alone. A layer with only this path begins with the same bytes. Most layers are
 * like this, and need only one hash.
 */
export class TarHash {
  #whole = createHash("sha256");
  #bytes = 0;
  #beginning: Beginning | undefined;
  /** The hash of the current section. Undefined if `#whole` is the same hash: only the parents came before. */
  #alone: Hash | undefined;

  update(bytes: Uint8Array): void {
    this.#whole.update(bytes);
    this.#alone?.update(bytes);
    this.#bytes += bytes.length;
  }

  /** The next bytes are the section of a store path that stands apart. */
  beginApart(): void {
    this.#beginning = { whole: this.#whole.copy(), bytes: this.#bytes };
    const isAfterParents = this.#bytes === PARENT_HEADERS.length;
    this.#alone = isAfterParents ? undefined : createHash("sha256").update(PARENT_HEADERS);
  }

  /** Returns the section's hash, after the last byte of the section. */
  endApart(): string {
    const hash = this.#alone ?? this.#whole.copy();
    this.#alone = undefined;
    return hash.digest("hex");
  }

  /** Forgets the last section that stands apart, because its bytes come again. */
  rewindApart(): void {
    if (!this.#beginning) throw new Error("no section was begun");
    this.#whole = this.#beginning.whole;
    this.#bytes = this.#beginning.bytes;
    this.beginApart();
  }

  /** Returns the hash of the whole tar, after its last byte. */
  digest(): string {
    return this.#whole.digest("hex");
  }
}
