interface Entry<Value> {
  readonly value: Value;
  readonly expiresAt: number;
}

/** Remembers a limited number of values for a limited time. It forgets the oldest value first. */
export class Recent<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #maxEntries: number;
  readonly #lifetimeMs: number;

  readonly #now: () => number;

  /** `now` in milliseconds. */
  constructor(maxEntries: number, lifetimeMs: number, now: () => number = Date.now) {
    this.#maxEntries = maxEntries;
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAt > this.#now() ? entry.value : undefined;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAt: this.#now() + this.#lifetimeMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
