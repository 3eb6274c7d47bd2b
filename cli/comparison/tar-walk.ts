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
  readonly #iterator: AsyncIterator<Entry, unknown>;
  readonly #reading: Promise<void>;
  #failure: unknown;

  constructor(tar: AsyncIterable<Uint8Array>) {
    this.#iterator = this.#entries[Symbol.asyncIterator]();
    this.#reading = pipeline(this.#watched(tar), this.#entries);
    // `next` throws the error.
    this.#reading.catch(() => {});
  }

  /** The error of the bytes. The error that a reader of a member gets says less. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Undefined at the end. */
  async next(): Promise<TarMember | undefined> {
    const result = await this.#iterator.next();
    if (!result.done) return { header: result.value.header, content: result.value };
    await this.#reading;
    return undefined;
  }

  async *#watched(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* tar;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#entries.destroy();
    await this.#reading.catch(() => {});
  }
}
