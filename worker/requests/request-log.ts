import { createMiddleware } from "hono/factory";
import { requestedName } from "../../protocol/image-request.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { clientFamily } from "./client-family.ts";
import type { Endpoint } from "./endpoint.ts";
import { traceOf } from "./trace.ts";

/** The bindings that say where requests are logged. */
export interface LogBindings {
  /** One data point for each request; a deployment need not have it. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
  readonly REQUEST_LOG?: string;
}

/** For Hono: what a request's handlers find, and what they tell about it. */
export interface RequestEnvironment<Bindings extends LogBindings = LogBindings> {
  readonly Bindings: Bindings;
  readonly Variables: {
    /** Undefined where the path is none of the registry's. */
    endpoint?: Endpoint;
  };
}

/** What is written down of a request: nothing secret, no query, no address. */
interface RequestRecord {
  readonly method: string;
  readonly endpoint: Endpoint["kind"] | "other";
  readonly status: number;
  /** Where the answer came from; empty where no tier was asked. */
  readonly tier: string;
  /** Until the answer's first byte. workerd's clock stands still while code runs. */
  readonly ms: number;
  /** Of the body, as announced: a client may leave before it has them all. */
  readonly bytes: number;
  /** The image with its tag, or the digest; empty where the path has none. */
  readonly key: string;
  readonly client: string;
}

/** Analytics Engine takes no more; bytes. */
const MAX_INDEX_LENGTH = 96;

/** What is known of an answer, beside the request that it is for. */
interface Answer extends Pick<RequestRecord, "status" | "tier" | "ms" | "bytes"> {
  readonly endpoint: Endpoint | undefined;
}

/** Writes one JSON line for a request, unless `REQUEST_LOG` is `off`, and one data point where there is a dataset. */
export function logRequest(env: LogBindings, request: Request, answer: Answer): void {
  const record = requestRecord(request, answer);
  if (env.REQUEST_LOG !== "off") console.log(logLine(record, traceOf(request)));
  env.ANALYTICS?.writeDataPoint(dataPoint(record));
}

/** Has every request logged that Hono answers. */
export const requestLog = createMiddleware<RequestEnvironment>(async (c, next) => {
  const started = Date.now();
  await next();
  const { status, headers } = c.res;
  logRequest(c.env, c.req.raw, {
    endpoint: c.get("endpoint"),
    status,
    tier: headers.get("Cornice-Cache") ?? "",
    ms: Date.now() - started,
    bytes: c.req.method === "HEAD" ? 0 : Number(headers.get("Content-Length")),
  });
});

function logLine(record: RequestRecord, { traceId }: TraceContext): string {
  return JSON.stringify({ level: "info", message: "request", ...record, trace: traceId });
}

function requestRecord({ method, headers }: Request, { endpoint, status, tier, ms, bytes }: Answer): RequestRecord {
  return {
    method,
    endpoint: endpoint?.kind ?? "other",
    status,
    tier,
    ms,
    bytes,
    key: endpoint ? keyOf(endpoint) : "",
    client: clientFamily(headers.get("User-Agent")),
  };
}

/** Parsed, and therefore no longer than names and digests may be. */
function keyOf(endpoint: Endpoint): string {
  if ("digest" in endpoint) return endpoint.digest;
  return "tag" in endpoint ? `${requestedName(endpoint.name)}:${endpoint.tag}` : "";
}

/** The order of the fields is what queries name them by: add new ones at the end. */
function dataPoint({
  endpoint,
  tier,
  status,
  method,
  client,
  key,
  ms,
  bytes,
}: RequestRecord): AnalyticsEngineDataPoint {
  return {
    indexes: [(key || endpoint).slice(0, MAX_INDEX_LENGTH)],
    blobs: [endpoint, tier, String(status), method, client, key],
    doubles: [ms, bytes],
  };
}
