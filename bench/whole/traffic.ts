/** R2's and KV's calls differ in price and in latency. */
export type RequestKind = "R2 read" | "R2 write" | "KV";

/** The kind of a call of the origin to the local stores, or to R2 and KV themselves. */
export function requestKind(method: string, path: string): RequestKind {
  if (path.includes("/storage/kv/namespaces/")) return "KV";
  return method === "GET" || method === "HEAD" ? "R2 read" : "R2 write";
}

/** Requests by kind, and the bytes of their bodies. */
export interface Traffic {
  readonly requests: Readonly<Record<RequestKind, number>>;
  readonly sentToStores: number;
  readonly readFromStores: number;
  /** From the origin to the Worker. */
  readonly sentToWorker: number;
}

/** The traffic since an earlier moment. */
export function trafficSince(before: Traffic, after: Traffic): Traffic {
  const kinds = ["R2 read", "R2 write", "KV"] as const;
  const [reads, writes, kv] = kinds.map((kind) => after.requests[kind] - before.requests[kind]);
  return {
    requests: { "R2 read": reads ?? 0, "R2 write": writes ?? 0, KV: kv ?? 0 },
    sentToStores: after.sentToStores - before.sentToStores,
    readFromStores: after.readFromStores - before.readFromStores,
    sentToWorker: after.sentToWorker - before.sentToWorker,
  };
}
