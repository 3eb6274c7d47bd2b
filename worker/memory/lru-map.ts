interface Entry<V> {
  readonly value: V;
  readonly size: number;
}

/** A map that holds a limited number of bytes. It forgets the least recently used entry first. */
export class LruMap<V> {
  /** The least recently used entry is first. */
  readonly #entries = new Map<string, Entry<V>>();
  readonly #maxBytes: number;
  readonly #sizeOf: (value: V) => number;
  #bytes = 0;
  #lastUsed: string | undefined;

  constructor(maxBytes: number, sizeOf: (value: V) => number) {
    this.#maxBytes = maxBytes;
    this.#sizeOf = sizeOf;
  }

  /** The bytes of all entries, with keys and overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#touch(key, entry);
    return entry.value;
  }

  /** Keeps a value, unless it is larger than the whole map. */
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

  /** Moves an entry to the end. The last used entry is there already: to move it again and again costs time. */
  #touch(key: string, entry: Entry<V>): void {
    if (this.#lastUsed === key) return;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#lastUsed = key;
  }
}

/** The engine takes about as much for the objects of an entry. Bytes. */
const ENTRY_BYTES = 128;
