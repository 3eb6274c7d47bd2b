import { UNKNOWN_CLIENT } from "../../protocol/client-key.ts";
import { OciError } from "../../protocol/oci-error.ts";

/** Lets so many builds run at a time; the others wait for their turn. */
export interface BuildSlots {
  /**
   * Runs `work` when it is its turn. Throws the signal's reason when aborted before that, and `TOOMANYREQUESTS` where too
   * many of the client's wait already.
   */
  run<T>(call: SlotCall, work: () => Promise<T>): Promise<T>;
  /** How many run and how many wait. */
  readonly counts: { readonly running: number; readonly waiting: number };
}

export interface SlotCall {
  /** For whom; equal texts are one client. */
  readonly client: string;
  /** Told its place in the client's line, from 1, when it has to wait and each time that changes. */
  readonly onWait: (place: number) => void;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly call: SlotCall;
  readonly begin: (release: () => void) => void;
  told: number | undefined;
}

/** More are no client's honest work; each holds a call to the origin open. */
const MAX_WAITING_OF_CLIENT = 250;

/**
 * Clients take turns: the next build is of the client that has the fewest under way, and of one client's the oldest. One
 * client has all places but one at most, so that a client that comes while another one floods the queue finds a place.
 * Those of whom nothing is known are one client. The last place is for the newest of them: of many that come at once,
 * most are somebody's flood, and the one that comes after it is not.
 *
 *     3 places, a a a a b c wait   ->   a a _ run, then b takes the free place, and c the next one; a's others follow
 */
export function createBuildSlots(places: number): BuildSlots {
  return new FairSlots(places);
}

class FairSlots implements BuildSlots {
  readonly #places: number;
  readonly #perClient: number;
  /** By client, without the build that has the last place. */
  readonly #running = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #total = 0;
  #isLastTaken = false;

  constructor(places: number) {
    this.#places = places;
    this.#perClient = Math.max(1, places - 1);
  }

  get counts() {
    return { running: this.#total, waiting: this.#waiting.length };
  }

  async run<T>(call: SlotCall, work: () => Promise<T>): Promise<T> {
    call.signal.throwIfAborted();
    if (this.#lineOf(call.client).length >= MAX_WAITING_OF_CLIENT)
      throw new OciError("TOOMANYREQUESTS", "too many of your builds wait already; try again later");
    const release = await this.#turn(call);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #turn(call: SlotCall): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const leave = () => {
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      reject(call.signal.reason);
    };
    const begin = (release: () => void) => {
      call.signal.removeEventListener("abort", leave);
      resolve(release);
    };
    const entry: Waiting = { call, begin, told: undefined };
    call.signal.addEventListener("abort", leave);
    this.#waiting.push(entry);
    this.#fill();
    return promise;
  }

  #fill(): void {
    while (this.#total < this.#places) {
      const inLine = this.#nextInLine();
      const entry = inLine ?? this.#newestUnknown();
      if (!entry) break;
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      entry.begin(this.#take(entry.call.client, inLine === undefined));
    }
    for (const entry of this.#waiting) this.#tell(entry);
  }

  #nextInLine(): Waiting | undefined {
    const [first, ...others] = this.#waiting.filter((entry) => this.#load(entry) < this.#perClient);
    return first && others.reduce((best, entry) => (this.#load(best) <= this.#load(entry) ? best : entry), first);
  }

  #newestUnknown(): Waiting | undefined {
    return this.#isLastTaken ? undefined : this.#waiting.findLast(({ call }) => call.client === UNKNOWN_CLIENT);
  }

  #load({ call }: Waiting): number {
    return this.#running.get(call.client) ?? 0;
  }

  /** Returns a function that gives the place back. */
  #take(client: string, isLast: boolean): () => void {
    this.#total += 1;
    if (isLast) this.#isLastTaken = true;
    else this.#running.set(client, (this.#running.get(client) ?? 0) + 1);
    return () => {
      this.#total -= 1;
      if (isLast) this.#isLastTaken = false;
      else this.#giveBack(client);
      this.#fill();
    };
  }

  #giveBack(client: string): void {
    const left = (this.#running.get(client) ?? 1) - 1;
    if (left > 0) this.#running.set(client, left);
    else this.#running.delete(client);
  }

  #tell(entry: Waiting): void {
    const place = this.#lineOf(entry.call.client).indexOf(entry) + 1;
    if (place === entry.told) return;
    entry.told = place;
    entry.call.onWait(place);
  }

  #lineOf(client: string): Waiting[] {
    return this.#waiting.filter(({ call }) => call.client === client);
  }
}
