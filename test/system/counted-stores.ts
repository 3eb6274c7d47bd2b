import type { IncomingMessage } from "node:http";
import type { edgeAccess } from "./edge-access.ts";
import { startR2Proxy } from "./r2-proxy.ts";

/** The requests of origins to R2 and KV. */
export interface CountedStores {
  /** The settings of an origin whose requests are counted. */
  readonly env: Readonly<Record<string, string>>;
  /** The requests since the last call. Leaves out those that ask whether the stores are ready. */
  take(): StoreRequests;
  close(): void;
}

interface StoreRequests {
  /** Puts of layers and configs. */
  readonly blobs: number;
  readonly otherWrites: number;
  readonly reads: number;
}

/** Counts at proxies in front of the local R2 and the local KV. */
export async function countStores(edge: Awaited<ReturnType<typeof edgeAccess>>): Promise<CountedStores> {
  let requests: IncomingMessage[] = [];
  const watch = (request: IncomingMessage) => {
    if (!/\/readiness|\/keys\?/.test(request.url ?? "")) requests.push(request);
    return false;
  };
  const [r2, kv] = await Promise.all([startR2Proxy(edge.r2.endpoint, watch), startR2Proxy(edge.kv.apiUrl, watch)]);
  return {
    env: { ...edge.env, R2_ENDPOINT: r2.endpoint, KV_API_URL: kv.endpoint },
    take() {
      const writes = requests.filter(({ method }) => method === "PUT");
      const blobs = writes.filter(({ url }) => url?.includes("/blobs/")).length;
      const counts = { blobs, otherWrites: writes.length - blobs, reads: requests.length - writes.length };
      requests = [];
      return counts;
    },
    close() {
      r2.close();
      kv.close();
    },
  };
}
