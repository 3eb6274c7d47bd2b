import { Worker } from "node:worker_threads";
import type { CompressOrder, CompressReport, CompressorSettings } from "./messages.ts";

/** A compressing thread keeps nothing but its slab's copy and the compressor's tables; MiB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

export interface Compressors {
  /** Has a slab compressed by the thread that has the least to do. */
  compress(order: CompressOrder): void;
}

export function startCompressors(
  count: number,
  settings: CompressorSettings,
  onReport: (report: CompressReport) => void,
): Compressors {
  const threads = Array.from({ length: count }, () => {
    const worker = new Worker(new URL("./compressing-thread.ts", import.meta.url), {
      workerData: settings,
      resourceLimits: HEAP_LIMITS,
    });
    return { worker, orders: 0 };
  });
  for (const thread of threads) {
    thread.worker.on("message", (report: CompressReport) => {
      thread.orders -= 1;
      onReport(report);
    });
    // Ends this thread, too, which its owner sees: jobs must not wait for a compressor that is gone.
    thread.worker.on("error", (error) => {
      throw error;
    });
  }
  return {
    compress(order) {
      const idlest = threads.reduce((best, thread) => (thread.orders < best.orders ? thread : best));
      idlest.orders += 1;
      idlest.worker.postMessage(order);
    },
  };
}
