import { type Digest, digestHex } from "../../protocol/digest.ts";
import { toHex } from "../../protocol/hex.ts";

/** The bytes do not have the expected digest. */
export class DigestError extends Error {
  override readonly name = "DigestError";
}

/** Hashes bytes on their way, by the platform's own code. */
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

  /** Call it after the last byte. Throws `DigestError` if the bytes do not have the expected digest. */
  async end(): Promise<void> {
    await this.#writer.close();
    const hex = toHex(new Uint8Array(await this.#stream.digest));
    if (hex !== digestHex(this.#expected))
      throw new DigestError(`the bytes of ${this.#expected} have the digest sha256:${hex}`);
  }
}
