interface Entry<V> {
  readonly value: V;
  readonly size: number;
}

/** A map that holds no more than so many bytes, and forgets first what was not asked for the longest. */
export class LruMap<V> {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<V>>();
  readonly #maxBytes: number;
  readonly #sizeOf: (value: V) => number;
  #bytes = 0;
  #lastUsed: string | undefined;

  constructor(maxBytes: number, sizeOf: (value: V) => number) {
    this.#maxBytes = maxBytes;
    this.#sizeOf = sizeOf;
  }

  /** What all entries take together, keys and overhead included. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#touch(key, entry);
    return entry.value;
  }

  /** A value that is larger than the whole map is not kept. */
  set(key: string, value: V): void {
    const size = this.#sizeOf(value) + 2 * key.length + ENTRY_BYTES;
    this.delete(key);
    if (size > this.#maxBytes) return;
    this.#touch(key, { value, size });
    this.#bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
    if (this.#lastUsed === key) this.#lastUsed = undefined;
  }

  /** What is asked for over and over has its place already: moving it would have the map laid out anew and anew. */
  #touch(key: string, entry: Entry<V>): void {
    if (this.#lastUsed === key) return;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#lastUsed = key;
  }
}

/** About what the engine takes for an entry's objects; bytes. */
const ENTRY_BYTES = 128;
