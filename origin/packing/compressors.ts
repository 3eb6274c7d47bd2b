import { Worker } from "node:worker_threads";
import type { CompressOrder, CompressReport, CompressorSettings } from "./messages.ts";

/** A compressing thread keeps only a copy of its slab and the compressor's tables. In MiB. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

export interface Compressors {
  /** Gives a slab to the thread with the fewest orders. */
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
    // The error also ends the packing thread, and its owner sees that. Jobs must not wait for a compressor that is
    // gone.
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
