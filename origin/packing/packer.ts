import { Worker } from "node:worker_threads";
import type { LayerContent } from "./layer-content.ts";
import type { Failure, LayerWithFragments, PackingOrder, PackingReport, PackerOptions } from "./messages.ts";

export interface Packer {
  /**
   * Writes a layer to a new file, in one pass: tar, diffID, compression, digest. Layers are read side by side, those
   * with the least left to read first. Throws what kept it from reading or writing, or the signal's reason:
   * the file is gone then, after an abort a moment later.
   */
  pack(content: LayerContent, file: string, signal: AbortSignal): Promise<LayerWithFragments>;
  /** Ends the threads; what is being packed fails. */
  close(): Promise<void>;
}

/** Reading a layer could not be finished; the code is the system's, such as `ENOENT` or `ENOSPC`. */
export class PackingError extends Error {
  override readonly name = "PackingError";
  readonly code: string | undefined;
  /** Whether a package is to blame; the message is for people then. */
  readonly isPackageFault: boolean;

  constructor({ message, code, kind }: Failure) {
    super(message);
    this.code = code;
    this.isPackageFault = kind === "package";
  }
}

/**
 * For each layer that it has begun, the packing thread keeps the names of the directories that it is in. This is enough
 * for ten layers with as many names as a directory may have; memory that is not needed is not taken. MiB.
 */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 4 };

interface Job {
  readonly resolve: (layer: LayerWithFragments) => void;
  readonly reject: (error: Error) => void;
}

/** Packs in threads of its own, which start at once; its memory does not grow with what is packed. */
export function createPacker(settings: PackerOptions): Packer {
  const jobs = new Map<number, Job>();
  let lastJob = 0;
  // While Nix evaluates, there is time for it.
  let thread: Worker | undefined = start();

  function start(): Worker {
    const worker = new Worker(new URL("./packing-thread.ts", import.meta.url), {
      workerData: settings,
      resourceLimits: HEAP_LIMITS,
    });
    // Before it is online, a thread cannot be let go.
    worker.on("online", holdProcess);
    worker.on("message", settle);
    worker.on("error", (cause) => failAll(new Error("a packing thread failed", { cause })));
    worker.on("exit", () => failAll(new Error("the packing thread has ended")));
    return worker;
  }

  function settle(report: PackingReport): void {
    const job = jobs.get(report.job);
    jobs.delete(report.job);
    holdProcess();
    if ("layer" in report) job?.resolve(report.layer);
    else job?.reject(new PackingError(report.failure));
  }

  function failAll(error: Error): void {
    thread = undefined;
    for (const { reject } of jobs.values()) reject(error);
    jobs.clear();
  }

  /** A process may end while its packer has nothing to do. */
  function holdProcess(): void {
    if (jobs.size > 0) thread?.ref();
    else thread?.unref();
  }

  function order(message: PackingOrder): void {
    thread ??= start();
    thread.postMessage(message);
  }

  return {
    async pack(content, file, signal) {
      signal.throwIfAborted();
      const id = (lastJob += 1);
      const { promise, ...job } = Promise.withResolvers<LayerWithFragments>();
      const cancel = () => {
        order({ kind: "cancel", job: id });
        jobs.delete(id);
        holdProcess();
        job.reject(signal.reason);
      };
      signal.addEventListener("abort", cancel);
      jobs.set(id, job);
      order({ kind: "pack", job: id, content, file });
      holdProcess();
      return promise.finally(() => signal.removeEventListener("abort", cancel));
    },
    async close() {
      await thread?.terminate();
    },
  };
}
