import { UNKNOWN_CLIENT } from "../../protocol/client-key.ts";
import { OciError } from "../../protocol/oci-error.ts";

/** Limits the builds that run at a time. Further builds wait for their turn. */
export interface BuildSlots {
  /**
   * Runs `work` when its turn comes. Throws the signal's reason if the signal aborts before. Throws `TOOMANYREQUESTS`
   * if too many builds of the client wait already.
   */
  run<T>(call: SlotCall, work: () => Promise<T>): Promise<T>;
  /** How many builds run, and how many wait. */
  readonly counts: { readonly running: number; readonly waiting: number };
}

export interface SlotCall {
  /** The client that began the build. Equal texts are one client. */
  readonly client: string;
  /** Called with the build's place in the client's line, from 1: when the wait begins, and at each change. */
  readonly onWait: (place: number) => void;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly call: SlotCall;
  readonly begin: (release: () => void) => void;
  /** The place of the last `onWait` call. */
  reportedPlace: number | undefined;
}

/** No honest client has more waiting builds. Each of them holds a call to the origin open. */
const MAX_WAITING_OF_CLIENT = 250;

/**
 * Clients take turns. The next build belongs to the client with the fewest running builds. Among the builds of one
 * client, the oldest goes first. A client gets at most all places but one. So another client finds a place, even if the
 * first one floods the queue.
 *
 * All unknown clients count as one client. Its newest build may take the last place. If one caller floods the queue,
 * the builds of other callers come later, so the newest build is probably not part of the flood.
 *
 *     3 places, a a a a b c wait   ->   a a b run; c takes the next free place; then the other builds of a
 */
export function createBuildSlots(places: number): BuildSlots {
  return new FairSlots(places);
}

class FairSlots implements BuildSlots {
  readonly #places: number;
  readonly #perClient: number;
  /** Running builds of each client, without the build that took the last place. */
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
    const entry: Waiting = { call, begin, reportedPlace: undefined };
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
    if (place === entry.reportedPlace) return;
    entry.reportedPlace = place;
    entry.call.onWait(place);
  }

  #lineOf(client: string): Waiting[] {
    return this.#waiting.filter(({ call }) => call.client === client);
  }
}
