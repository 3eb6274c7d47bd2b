import type { Collecting } from "../../../origin/garbage/collecting.ts";
import type { MachineClock } from "../../../origin/garbage/machine-clock.ts";
import type { MaintainedIndex, MaintainedStore } from "../../../origin/stores/maintained-store.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";
import type { Turns } from "./turns.ts";

/** The longest time until a removal is sent: the process signs it, and makes a connection. */
const MAX_CONNECT_MS = 3000;

/** The process of a collection, which can be stopped at any call, and killed. */
export class ProcessInTurns {
  readonly #turns: Turns;
  #stoppedUntil = 0;
  #isKilled = false;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  kill(): void {
    this.#isKilled = true;
  }

  /** As SIGSTOP, and SIGCONT after so many milliseconds. Calls that were sent before still arrive. */
  stop(ms: number): void {
    this.#stoppedUntil = this.#turns.clock.time + ms;
  }

  /** The parts of a collection that runs in this process. */
  parts({ store, index }: Pick<Collecting, "store" | "index">): Pick<Collecting, "store" | "index" | "clock"> {
    return { store: this.#store(store), index: this.#index(index), clock: this.#clock() };
  }

  /** Goes on while the process runs. */
  async #runs(): Promise<void> {
    const { clock } = this.#turns;
    while (clock.time < this.#stoppedUntil) await this.#turns.sleep(this.#stoppedUntil - clock.time);
    if (this.#isKilled) throw new StoreError("this process was killed");
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    await this.#runs();
    const answer = await work();
    await this.#runs();
    return answer;
  }

  async *#pages<T>(pages: AsyncIterable<T>): AsyncIterable<T> {
    await this.#runs();
    for await (const page of pages) {
      await this.#runs();
      yield page;
    }
  }

  #store(store: MaintainedStore): MaintainedStore {
    return {
      head: (key) => this.#call(() => store.head(key)),
      open: (key) => this.#call(() => store.open(key)),
      hasAny: (prefix) => this.#call(() => store.hasAny(prefix)),
      put: (key, content, options) => this.#call(() => store.put(key, content, options)),
      list: (prefix, after) => this.#pages(store.list(prefix, after)),
      remove: async (keys, lease) => {
        await this.#call(() => this.#turns.sleep(Math.floor(MAX_CONNECT_MS * this.#turns.random())));
        await this.#call(() => store.remove(keys, lease));
      },
      readVersion: (key, maxBytes) => this.#call(() => store.readVersion(key, maxBytes)),
      replace: (key, bytes, etag) => this.#call(() => store.replace(key, bytes, etag)),
    };
  }

  #index(index: MaintainedIndex): MaintainedIndex {
    return {
      list: (prefix) => this.#pages(index.list(prefix)),
      read: (key) => this.#call(() => index.read(key)),
      readMany: (keys) => this.#call(() => index.readMany(keys)),
      remove: (keys) => this.#call(() => index.remove(keys)),
    };
  }

  #clock(): MachineClock {
    const { clock } = this.#turns;
    return {
      steady: () => clock.time,
      wall: () => clock.time,
      sleep: (ms) => this.#call(() => this.#turns.sleep(ms)),
      every: (ms, work) => {
        const timer = new AbortController();
        void this.#repeat(ms, work, timer.signal);
        return () => timer.abort();
      },
    };
  }

  async #repeat(ms: number, work: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#isKilled) {
      await this.#turns.sleep(ms);
      await this.#runs().then(
        () => signal.aborted || work(),
        () => undefined,
      );
    }
  }
}
