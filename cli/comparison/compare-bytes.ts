/** The first byte that differs, counted from 0. */
export interface ByteDifference {
  readonly at: number;
  /** Undefined if the bytes have ended. */
  readonly first: number | undefined;
  readonly second: number | undefined;
}

/** Compares two streams, in constant memory. Stops at the first difference. Undefined if they are equal. */
export async function compareBytes(
  first: AsyncIterable<unknown>,
  second: AsyncIterable<unknown>,
): Promise<ByteDifference | undefined> {
  const [a, b] = [new Chunks(first), new Chunks(second)];
  for (let at = 0; ;) {
    const [left, right] = [await a.peek(), await b.peek()];
    const length = Math.min(left.length, right.length);
    if (length === 0) return left.length === right.length ? undefined : { at, first: left[0], second: right[0] };
    const place = differingPlace(left.subarray(0, length), right.subarray(0, length));
    if (place >= 0) return { at: at + place, first: left[place], second: right[place] };
    a.skip(length);
    b.skip(length);
    at += length;
  }
}

function differingPlace(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right) === 0 ? -1 : left.findIndex((byte, index) => byte !== right[index]);
}

const END = new Uint8Array();

class Chunks {
  readonly #iterator: AsyncIterator<unknown, unknown>;
  #rest: Uint8Array = END;

  constructor(chunks: AsyncIterable<unknown>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** The bytes that follow. Empty at the end. */
  async peek(): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#iterator.next();
      if (done) return END;
      if (!(value instanceof Uint8Array)) throw new TypeError("a tar gave something other than bytes");
      this.#rest = value;
    }
    return this.#rest;
  }

  skip(length: number): void {
    this.#rest = this.#rest.subarray(length);
  }
}
