import { Worker } from "node:worker_threads";
import { ArchiveFeed } from "./archive-feed.ts";
import { BUFFER_BYTES, BUFFERS_A_FEED, type UnpackingOrder, type UnpackingReport } from "./messages.ts";
import type { PathArchive } from "./path-archive.ts";

/** An unpacking thread keeps the buffers of its feeds, and the windows of its decoders. In MiB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 };
/** The window of an xz archive as Nix makes it. Smaller archives take less. */
const WINDOW_BYTES = 8_388_608;
/** Memory of all open feeds. */
const MAX_OPEN_BYTES = 33_554_432;
/** Open feeds, which are open connections. */
const MAX_OPEN = 24;

export interface FeedListener {
  /** The archive was read and is right. `record`: the record of its tree, if the tree is not too large. */
  readonly onEnd: (record: Uint8Array<ArrayBuffer> | undefined) => void;
  /** Gets the number of compressed bytes since its last call. */
  readonly onFetched: (count: number) => void;
}

interface Entry {
  readonly id: number;
  readonly archive: PathArchive;
  readonly feed: ArchiveFeed;
  readonly listener: FeedListener;
  /** Undefined while the archive waits for its turn. */
  thread: Thread | undefined;
  /** Whether the thread reads the archive now. */
  isOpen: boolean;
}

interface Thread {
  readonly worker: Worker;
  feeds: number;
}

/**
 * Opens archives in threads of their own, which start with the first archive at the latest. A few archives are open at a
 * time. They open in the order of the calls. So if a layer opens its archives in its own order, the oldest open archive
 * is one that its layer reads now, and some layer can always go on.
 */
export class ArchiveFeeds {
  readonly #count: number;
  readonly #onReady: () => void;
  readonly #entries = new Map<number, Entry>();
  readonly #waiting = new Set<Entry>();
  #threads: Thread[] | undefined;
  #last = 0;
  #open = 0;
  #openBytes = 0;

  /** `count`: threads. `onReady` is called when a feed may have become ready. */
  constructor(count: number, onReady: () => void) {
    this.#count = count;
    this.#onReady = onReady;
  }

  /** Starts the threads, unless they run. */
  start(): readonly Thread[] {
    this.#threads ??= Array.from({ length: this.#count }, () => this.#startOne());
    return this.#threads;
  }

  open(archive: PathArchive, listener: FeedListener): ArchiveFeed {
    const id = (this.#last += 1);
    const feed: ArchiveFeed = new ArchiveFeed({
      onRead: (buffer) => this.#giveBack(id, buffer),
      onClose: () => this.#close(id),
    });
    const entry: Entry = { id, archive, feed, listener, thread: undefined, isOpen: false };
    this.#entries.set(id, entry);
    this.#waiting.add(entry);
    this.#openWaiting();
    return feed;
  }

  #openWaiting(): void {
    for (const entry of this.#waiting) {
      const bytes = memoryOf(entry.archive);
      const fits = this.#open < MAX_OPEN && this.#openBytes + bytes <= MAX_OPEN_BYTES;
      if (!fits && this.#open > 0) return;
      this.#waiting.delete(entry);
      this.#begin(entry);
    }
  }

  #begin(entry: Entry): void {
    const idlest = this.start().reduce((best, thread) => (thread.feeds < best.feeds ? thread : best));
    idlest.feeds += 1;
    entry.thread = idlest;
    entry.isOpen = true;
    this.#open += 1;
    this.#openBytes += memoryOf(entry.archive);
    order(idlest, { kind: "open", feed: entry.id, archive: entry.archive });
  }

  #startOne(): Thread {
    const worker = new Worker(new URL("./unpacking-thread.ts", import.meta.url), { resourceLimits: HEAP_LIMITS });
    worker.on("message", (message: UnpackingReport) => this.#take(message));
    // The error also ends the packing thread, and its owner sees that. Layers must not wait for a thread that is gone.
    worker.on("error", (error) => {
      throw error;
    });
    return { worker, feeds: 0 };
  }

  #take(report: UnpackingReport): void {
    const entry = this.#entries.get(report.feed);
    if (!entry) return;
    const { feed, listener } = entry;
    if (report.kind === "fetched") return listener.onFetched(report.count);
    if (report.kind === "tar") {
      feed.take(report.bytes);
    } else {
      if (report.kind === "end") listener.onEnd(report.tree);
      feed.end(report.kind === "failed" ? { failure: report.failure } : {});
      this.#leave(entry);
    }
    this.#onReady();
  }

  #giveBack(id: number, buffer: ArrayBuffer): void {
    const thread = this.#entries.get(id)?.thread;
    if (thread) order(thread, { kind: "more", feed: id, buffer }, [buffer]);
  }

  #close(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#waiting.delete(entry);
    if (entry.thread) order(entry.thread, { kind: "close", feed: id });
    this.#leave(entry);
  }

  /** The feed's archive is read or given up. */
  #leave(entry: Entry): void {
    if (!entry.thread || !entry.isOpen) return;
    entry.thread.feeds -= 1;
    entry.isOpen = false;
    this.#open -= 1;
    this.#openBytes -= memoryOf(entry.archive);
    this.#openWaiting();
  }
}

function memoryOf({ narSize }: PathArchive): number {
  return Math.min(narSize, WINDOW_BYTES) + Math.min(narSize, BUFFER_BYTES * BUFFERS_A_FEED);
}

function order({ worker }: Thread, message: UnpackingOrder, transfer: readonly ArrayBuffer[] = []): void {
  worker.postMessage(message, [...transfer]);
}
