import { Line } from "./line.ts";
import type { Latency, WholeOptions } from "./options.ts";
import { type RequestKind, requestKind, type Traffic } from "./traffic.ts";
import { startSlowProxy } from "./slow-proxy.ts";

interface ProxiesOptions extends Pick<WholeOptions, "latency" | "mbit"> {
  readonly originPort: number;
  readonly storesPort: number;
}

/** Proxies in front of the stores and of the origin. They share one narrow connection between edge and origin. */
export interface Proxies {
  readonly originPort: number;
  readonly storesPort: number;
  /** Everything so far. */
  traffic(): Traffic;
  stop(): Promise<void>;
}

export async function startProxies({ originPort, storesPort, latency, mbit }: ProxiesOptions): Promise<Proxies> {
  const fromOrigin = new Line(mbit);
  const toOrigin = new Line(mbit);
  const requests: Record<RequestKind, number> = { "R2 read": 0, "R2 write": 0, KV: 0 };
  const bytes = { sentToStores: 0, readFromStores: 0, sentToWorker: 0 };
  const count = (name: keyof typeof bytes) => (length: number) => {
    bytes[name] += length;
  };
  const stores = await startSlowProxy({
    target: storesPort,
    onRequest(method, path) {
      const kind = requestKind(method, path);
      requests[kind]++;
      return latencyOf(kind, latency);
    },
    up: { line: fromOrigin, onBytes: count("sentToStores") },
    down: { line: toOrigin, onBytes: count("readFromStores") },
  });
  const origin = await startSlowProxy({
    target: originPort,
    onRequest: () => 0,
    up: { line: toOrigin, onBytes: () => {} },
    down: { line: fromOrigin, onBytes: count("sentToWorker") },
  });
  return {
    originPort: origin.port,
    storesPort: stores.port,
    traffic: () => ({ requests: { ...requests }, ...bytes }),
    async stop() {
      await Promise.all([stores.stop(), origin.stop()]);
    },
  };
}

function latencyOf(kind: RequestKind, { r2ReadMs, r2WriteMs, kvMs }: Latency): number {
  if (kind === "KV") return kvMs;
  return kind === "R2 read" ? r2ReadMs : r2WriteMs;
}
