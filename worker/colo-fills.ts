/** Each holds up to half a megabyte of the isolate's 128 MB while its client reads. */
const MAX_FILLS = 32;
/** A fill that began so long ago may have ended without a word, with its request. */
const FORGOTTEN_AFTER_MS = 600_000;

/** The blobs that an isolate is putting into the colo cache: each once at a time, and not too many. */
export class ColoFills {
  /** When they began, by storage key; milliseconds since the epoch. */
  readonly #begun = new Map<string, number>();

  /** False where the blob must not be filled now. */
  begin(key: string): boolean {
    const now = Date.now();
    for (const [other, begun] of this.#begun) if (now - begun > FORGOTTEN_AFTER_MS) this.#begun.delete(other);
    if (this.#begun.has(key) || this.#begun.size >= MAX_FILLS) return false;
    this.#begun.set(key, now);
    return true;
  }

  end(key: string): void {
    this.#begun.delete(key);
  }
}
