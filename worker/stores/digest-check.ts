import { type Digest, digestHex } from "../../protocol/digest.ts";
import { toHex } from "../../protocol/hex.ts";

/** Bytes that are not those of their digest. */
export class DigestError extends Error {
  override readonly name = "DigestError";
}

/** Hashes bytes as they pass, natively. */
export class DigestCheck {
  readonly #expected: Digest;
  readonly #stream = new crypto.DigestStream("SHA-256");
  readonly #writer = this.#stream.getWriter();

  constructor(expected: Digest) {
    this.#expected = expected;
  }

  async add(chunk: Uint8Array): Promise<void> {
    await this.#writer.write(chunk);
  }

  /** After the last byte. Throws `DigestError` when the bytes are not those of the digest. */
  async end(): Promise<void> {
    await this.#writer.close();
    const hex = toHex(new Uint8Array(await this.#stream.digest));
    if (hex !== digestHex(this.#expected))
      throw new DigestError(`the bytes of ${this.#expected} have the digest sha256:${hex}`);
  }
}
