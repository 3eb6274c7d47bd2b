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
  const perClient = Math.max(1, places - 1);
  /** By client, without the build that has the last place. */
  const running = new Map<string, number>();
  const waiting: Waiting[] = [];
  let total = 0;
  let isLastTaken = false;

  const load = ({ call }: Waiting) => running.get(call.client) ?? 0;

  function nextInLine(): Waiting | undefined {
    const [first, ...others] = waiting.filter((entry) => load(entry) < perClient);
    return first && others.reduce((best, entry) => (load(best) <= load(entry) ? best : entry), first);
  }

  function newestUnknown(): Waiting | undefined {
    return isLastTaken ? undefined : waiting.findLast(({ call }) => call.client === UNKNOWN_CLIENT);
  }

  function fill(): void {
    while (total < places) {
      const inLine = nextInLine();
      const entry = inLine ?? newestUnknown();
      if (!entry) break;
      waiting.splice(waiting.indexOf(entry), 1);
      entry.begin(take(entry.call.client, inLine === undefined));
    }
    waiting.forEach(tell);
  }

  function lineOf(client: string): Waiting[] {
    return waiting.filter(({ call }) => call.client === client);
  }

  function tell(entry: Waiting): void {
    const place = lineOf(entry.call.client).indexOf(entry) + 1;
    if (place === entry.told) return;
    entry.told = place;
    entry.call.onWait(place);
  }

  /** Returns what gives the place back. */
  function take(client: string, isLast: boolean): () => void {
    total += 1;
    if (isLast) isLastTaken = true;
    else running.set(client, (running.get(client) ?? 0) + 1);
    return () => {
      total -= 1;
      if (isLast) isLastTaken = false;
      else giveBack(client);
      fill();
    };
  }

  function giveBack(client: string): void {
    const left = (running.get(client) ?? 1) - 1;
    if (left > 0) running.set(client, left);
    else running.delete(client);
  }

  function turn(call: SlotCall): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const leave = () => {
      waiting.splice(waiting.indexOf(entry), 1);
      reject(call.signal.reason);
    };
    const begin = (release: () => void) => {
      call.signal.removeEventListener("abort", leave);
      resolve(release);
    };
    const entry: Waiting = { call, begin, told: undefined };
    call.signal.addEventListener("abort", leave);
    waiting.push(entry);
    fill();
    return promise;
  }

  return {
    async run(call, work) {
      call.signal.throwIfAborted();
      if (lineOf(call.client).length >= MAX_WAITING_OF_CLIENT)
        throw new OciError("TOOMANYREQUESTS", "too many of your builds wait already; try again later");
      const release = await turn(call);
      try {
        return await work();
      } finally {
        release();
      }
    },
    get counts() {
      return { running: total, waiting: waiting.length };
    },
  };
}
