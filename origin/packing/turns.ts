/** Work in small steps, at most one slab each. */
export interface Turn {
  /** Estimated bytes to read. 0 if unknown. */
  readonly estimate: number;
  /** Bytes read so far. */
  readonly read: number;
  /** Whether the work can go on now. */
  readonly wantsTurn: boolean;
}

/** Each fourth turn goes to the oldest work. */
const OLDEST_EVERY = 4;
/** The least that may be left of work beyond its estimate, in bytes. */
const MIN_UNKNOWN = 65_536;

/**
 * Decides which work has the next turn. The work with the least left goes first, so that a small layer does not wait
 * for the end of a large one. Each fourth turn goes to the oldest work, so that a large layer does not wait for ever.
 */
export class Turns<T extends Turn> {
  /** The oldest first. */
  readonly #all = new Set<T>();
  #given = 0;

  add(work: T): void {
    this.#all.add(work);
  }

  delete(work: T): void {
    this.#all.delete(work);
  }

  /** Undefined if no work can go on. */
  next(): T | undefined {
    const ready = [...this.#all].filter(({ wantsTurn }) => wantsTurn);
    const [oldest] = ready;
    if (!oldest) return undefined;
    this.#given += 1;
    if (this.#given % OLDEST_EVERY === 0) return oldest;
    return ready.reduce((best, work) => (bytesLeft(work) < bytesLeft(best) ? work : best));
  }
}

/** A tar may be much larger than Nix's size. If work is beyond its estimate, assume that only half of it is read. */
function bytesLeft({ estimate, read }: Turn): number {
  return read < estimate ? estimate - read : Math.max(read, MIN_UNKNOWN);
}
