import { setImmediate } from "node:timers/promises";
import type { KvIndex } from "../../../origin/stores/kv-index.ts";
import type { MaintainedIndex, MaintainedStore } from "../../../origin/stores/maintained-store.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";
import type { MemoryStore } from "../stores/memory-store.ts";
import type { MemoryIndex } from "./memory-stores.ts";

interface Waiting {
  readonly resolve: () => void;
  /** Milliseconds of the clock. */
  readonly readyAt: number;
}

const UINT24 = 16_777_216;
/** The most time that passes with each operation. Milliseconds. */
const MAX_STEP_MS = 500;
/** The share of the answers that take a turn of their own. */
const LATE_ANSWERS = 0.2;
/** If nobody asks for a turn in so many rounds, all wait for each other. */
const MAX_IDLE = 10_000;

/** The same numbers below 1 for the same seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The lower bits repeat soon.
    return (state >>> 8) / UINT24;
  };
}

/** Lets one operation after the other happen, in an order by chance. The clock goes only here. */
export class Turns {
  readonly random: () => number;
  readonly clock: { time: number };
  #waiting: Waiting[] = [];
  /** Before, operations happen at once. */
  #isRunning = false;

  constructor(random: () => number, clock: { time: number }) {
    this.random = random;
    this.clock = clock;
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#isRunning) return;
    await new Promise<void>((resolve) => this.#waiting.push({ resolve, readyAt: this.clock.time + ms }));
  }

  /** Does the operation at some moment, and gives the answer at some later one. */
  async take<T>(operation: () => Promise<T>): Promise<T> {
    await this.sleep(0);
    const answer = await operation();
    if (this.random() < LATE_ANSWERS) await this.sleep(0);
    return answer;
  }

  /** Runs all works to their ends. */
  async run(works: readonly (() => Promise<unknown>)[]): Promise<void> {
    this.#isRunning = true;
    const left = { works: works.length };
    const ends = works.map((work) => work().finally(() => (left.works -= 1)));
    const all = Promise.all(ends);
    all.catch(() => undefined);
    for (let idle = 0; left.works > 0 && idle < MAX_IDLE;) {
      await setImmediate();
      idle = this.#next() ? 0 : idle + 1;
    }
    this.#isRunning = false;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    await all;
  }

  /** Whether somebody waits. */
  #next(): boolean {
    const { clock, random } = this;
    if (this.#waiting.length === 0) return false;
    const ready = this.#waiting.filter(({ readyAt }) => readyAt <= clock.time);
    if (ready.length === 0) {
      clock.time = Math.min(...this.#waiting.map(({ readyAt }) => readyAt));
      return true;
    }
    const next = ready[Math.floor(random() * ready.length)];
    this.#waiting = this.#waiting.filter((each) => each !== next);
    clock.time += Math.floor(random() * MAX_STEP_MS);
    next?.resolve();
    return true;
  }
}

/** A store whose operations take turns. The keys of one `remove` go one by one. */
export function storeInTurns(turns: Turns, store: MemoryStore): MaintainedStore {
  const take = <T>(operation: () => Promise<T>) => turns.take(operation);
  return {
    head: (key) => take(() => store.head(key)),
    open: (key) => take(() => store.open(key)),
    hasAny: (prefix) => take(() => store.hasAny(prefix)),
    put: (key, content, options) => take(() => store.put(key, content, options)),
    list: (prefix, after) => pagesInTurns(turns, store.list(prefix, after)),
    async remove(keys, lease) {
      // The store does what it got in time, whatever becomes of the caller.
      if (lease?.isOver()) throw new StoreError("nothing is removed after the end of the lease");
      for (const key of keys) await take(() => store.remove([key]));
    },
    readVersion: (key, maxBytes) => take(() => store.readVersion(key, maxBytes)),
    replace: (key, bytes, etag) => take(() => store.replace(key, bytes, etag)),
  };
}

/** KV whose operations take turns. */
export function indexInTurns(turns: Turns, index: MemoryIndex): MaintainedIndex & KvIndex {
  return {
    list: (prefix) => pagesInTurns(turns, index.list(prefix)),
    read: (key) => turns.take(() => index.read(key)),
    readMany: (keys) => turns.take(() => index.readMany(keys)),
    remove: (keys) => turns.take(() => index.remove(keys)),
    async put(pairs) {
      for (const { key, value } of pairs) await turns.take(async () => index.pairs.set(key, value));
    },
  };
}

async function* pagesInTurns<T>(turns: Turns, pages: AsyncIterable<T>): AsyncIterable<T> {
  await turns.sleep(0);
  for await (const page of pages) {
    yield page;
    if (turns.random() < LATE_ANSWERS) await turns.sleep(0);
  }
}
