import { Worker } from "node:worker_threads";
import type { LayerContent } from "./layer-content.ts";
import type { FailedArchive, Failure } from "../unpacking/failure.ts";
import type { LayerWithFragments, PackingOrder, PackingReport, PackingResult, PackerOptions } from "./messages.ts";

export interface Packer {
  /**
   * Writes a layer to a new file, in one pass: tar, diffID, compression, digest. Several layers take turns; the layer
   * with the least left to read goes first. Throws `PackingError` if it cannot read or write, or the signal's reason.
   * It then removes the file; after an abort this takes a moment longer.
   */
  pack(content: LayerContent, file: string, signal: AbortSignal, listener?: PackListener): Promise<LayerWithFragments>;
  /** Ends the threads. Layers that are being packed fail. */
  close(): Promise<void>;
}

/** Learns of the archives of a layer while it is packed. */
export interface PackListener {
  /** The archive of a path was read and is right. `record`: the record of its tree, if the tree is not too large. */
  readonly onPath: (path: string, record: Uint8Array<ArrayBuffer> | undefined) => void;
  /** Gets the number of compressed bytes that have arrived since its last call. */
  readonly onFetched: (count: number) => void;
}

/** A layer could not be packed. The code is that of the system's error, such as `ENOENT` or `ENOSPC`. */
export class PackingError extends Error {
  override readonly name = "PackingError";
  readonly code: string | undefined;
  /** Whether a package is to blame. If so, the message is written for users. */
  readonly isPackageFault: boolean;
  /** Set if a binary cache is to blame. The message is written for users. */
  readonly archive: FailedArchive | undefined;

  constructor({ message, code, kind, archive }: Failure) {
    super(message);
    this.archive = archive;
    this.code = code;
    this.isPackageFault = kind === "package";
  }
}

/**
 * For each unfinished layer, the packing thread keeps the names of the directories above the current entry. The limit
 * is enough for ten layers with the most names that a directory may have. A thread takes only the memory that it needs.
 * MiB.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 };

interface Job {
  readonly listener: PackListener | undefined;
  readonly resolve: (layer: LayerWithFragments) => void;
  readonly reject: (error: Error) => void;
}

/** Packs in threads of its own, which start at once. Its memory does not grow with the size of the layers. */
export function createPacker(options: PackerOptions): Packer {
  return new ThreadPacker(options);
}

class ThreadPacker implements Packer {
  readonly #options: PackerOptions;
  readonly #jobs = new Map<number, Job>();
  #lastJob = 0;
  #thread: Worker | undefined;

  constructor(options: PackerOptions) {
    this.#options = options;
    // The thread starts while Nix evaluates, so that the first layer does not wait for it.
    this.#thread = this.#start();
  }

  async pack(
    content: LayerContent,
    file: string,
    signal: AbortSignal,
    listener?: PackListener,
  ): Promise<LayerWithFragments> {
    signal.throwIfAborted();
    const id = (this.#lastJob += 1);
    const { promise, ...settlers } = Promise.withResolvers<LayerWithFragments>();
    const job = { listener, ...settlers };
    const cancel = () => {
      this.#order({ kind: "cancel", job: id });
      this.#jobs.delete(id);
      this.#holdProcess();
      job.reject(signal.reason);
    };
    signal.addEventListener("abort", cancel);
    this.#jobs.set(id, job);
    this.#order({ kind: "pack", job: id, content, file });
    this.#holdProcess();
    return promise.finally(() => signal.removeEventListener("abort", cancel));
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./packing-thread.ts", import.meta.url), {
      workerData: this.#options,
      resourceLimits: HEAP_LIMITS,
    });
    // `unref` has no effect before the thread is online.
    worker.on("online", () => this.#holdProcess());
    worker.on("message", (report: PackingReport) => this.#take(report));
    worker.on("error", (cause) => this.#failAll(new Error("a packing thread failed", { cause })));
    worker.on("exit", () => this.#failAll(new Error("the packing thread has ended")));
    return worker;
  }

  #order(message: PackingOrder): void {
    this.#thread ??= this.#start();
    this.#thread.postMessage(message);
  }

  #take(report: PackingReport): void {
    if ("fetched" in report) this.#jobs.get(report.job)?.listener?.onFetched(report.fetched);
    else if ("record" in report) this.#jobs.get(report.job)?.listener?.onPath(report.path, report.record);
    else this.#settle(report);
  }

  #settle(report: PackingResult): void {
    const job = this.#jobs.get(report.job);
    this.#jobs.delete(report.job);
    this.#holdProcess();
    if ("layer" in report) job?.resolve(report.layer);
    else job?.reject(new PackingError(report.failure));
  }

  #failAll(error: Error): void {
    this.#thread = undefined;
    for (const { reject } of this.#jobs.values()) reject(error);
    this.#jobs.clear();
  }

  /** An idle packer must not keep the process alive. */
  #holdProcess(): void {
    if (this.#jobs.size > 0) this.#thread?.ref();
    else this.#thread?.unref();
  }
}
