/** Work that is done a slab at a time. */
export interface Turn {
  /** About how much there is to read, in bytes; 0 where nothing is known. */
  readonly estimate: number;
  /** Bytes that were read. */
  readonly read: number;
  /** Whether it can go on now. */
  readonly wantsTurn: boolean;
}

/** The shortest goes first, but so often it is the turn of the one that has waited longest. */
const OLDEST_EVERY = 4;
/** What is left of work of which nothing is known; bytes. */
const MIN_UNKNOWN = 65_536;

/**
 * Whose turn it is: a small layer must not wait for a large one to end, nor a large one for ever. The work with the
 * least left goes first; every fourth turn is the oldest one's.
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

  /** Undefined when none can go on. */
  next(): T | undefined {
    const ready = [...this.#all].filter(({ wantsTurn }) => wantsTurn);
    const [oldest] = ready;
    if (!oldest) return undefined;
    this.#given += 1;
    if (this.#given % OLDEST_EVERY === 0) return oldest;
    return ready.reduce((best, work) => (bytesLeft(work) < bytesLeft(best) ? work : best));
  }
}

/** A tar may be much larger than Nix counts. Work that is beyond its estimate is taken to have as much again ahead. */
function bytesLeft({ estimate, read }: Turn): number {
  return read < estimate ? estimate - read : Math.max(read, MIN_UNKNOWN);
}
