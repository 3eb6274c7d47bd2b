import { createHash, type Hash } from "node:crypto";
import { PARENT_ENTRIES } from "./store-path-entries.ts";
import { tarHeader } from "../../image/tar/tar-header.ts";

const PARENT_HEADERS = Buffer.concat(PARENT_ENTRIES.map(tarHeader));

/** The whole, and its length, at the beginning of a section. */
interface Beginning {
  readonly whole: Hash;
  readonly bytes: number;
}

/**
 * SHA-256 of a layer's tar and, for each store path in it that stands apart, of that path's section behind the
 * directories above all store paths. A layer of this path alone begins like that, so that most are not hashed twice.
 */
export class TarHash {
  #whole = createHash("sha256");
  #bytes = 0;
  #beginning: Beginning | undefined;
  /** Of the section that is coming; undefined where the whole serves: only the directories came before it. */
  #alone: Hash | undefined;

  update(bytes: Uint8Array): void {
    this.#whole.update(bytes);
    this.#alone?.update(bytes);
    this.#bytes += bytes.length;
  }

  /** What follows is the section of a store path that stands apart. */
  beginApart(): void {
    this.#beginning = { whole: this.#whole.copy(), bytes: this.#bytes };
    const isBehindParents = this.#bytes === PARENT_HEADERS.length;
    this.#alone = isBehindParents ? undefined : createHash("sha256").update(PARENT_HEADERS);
  }

  /** The section's hash, now that all of it has come. */
  endApart(): string {
    const hash = this.#alone ?? this.#whole.copy();
    this.#alone = undefined;
    return hash.digest("hex");
  }

  /** Forgets the last such section: it comes again. */
  rewindApart(): void {
    if (!this.#beginning) throw new Error("no section was begun");
    this.#whole = this.#beginning.whole;
    this.#bytes = this.#beginning.bytes;
    this.beginApart();
  }

  /** The whole's hash, now that all of it has come. */
  digest(): string {
    return this.#whole.digest("hex");
  }
}
