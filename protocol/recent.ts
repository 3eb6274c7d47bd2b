interface Entry<Value> {
  readonly value: Value;
  readonly expiresAt: number;
}

/** What a process remembers for a while: bounded in number and in time, the oldest forgotten first. */
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
}
