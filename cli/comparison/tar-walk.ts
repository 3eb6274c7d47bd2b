import { pipeline } from "node:stream/promises";
import { type Extract, extract, type Header } from "tar-stream";

/** The fields of a tar's member that an unpacked image shows. */
export type TarHeader = Pick<Header, "name" | "type" | "mode" | "uid" | "gid" | "size" | "linkname"> & {
  readonly mtime: Date;
};

export interface TarMember {
  readonly header: TarHeader;
  readonly content: AsyncIterable<unknown>;
}

type Entry = Extract extends AsyncIterable<infer Member> ? Member : never;

/** Names are bytes, and Latin-1 keeps each of them. The library's types do not know the option. */
const OPTIONS = { filenameEncoding: "latin1", highWaterMark: 262_144 };

/** A tar that is read member by member. Each content must be read before the next member. */
export class TarWalk implements AsyncDisposable {
  readonly #entries = extract(OPTIONS);
  readonly #iterator: AsyncIterator<Entry>;
  readonly #reading: Promise<void>;

  constructor(tar: AsyncIterable<Uint8Array>) {
    this.#iterator = this.#entries[Symbol.asyncIterator]();
    this.#reading = pipeline(tar, this.#entries);
    // `next` throws the error.
    this.#reading.catch(() => {});
  }

  /** Undefined at the end. Throws the error of the bytes. */
  async next(): Promise<TarMember | undefined> {
    try {
      const { done, value } = await this.#iterator.next();
      if (!done) return { header: value.header, content: value };
    } catch (error) {
      throw await this.#reading.then(() => error, (cause: unknown) => cause);
    }
    await this.#reading;
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entries.destroy();
    await this.#reading.catch(() => {});
  }
}
