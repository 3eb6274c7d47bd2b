import { createMiddleware } from "hono/factory";
import { requestedName } from "../../protocol/image-request.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import { clientFamily } from "./client-family.ts";
import type { Endpoint } from "./endpoint.ts";
import { traceOf } from "./trace.ts";

/** The bindings that decide where requests are logged. */
export interface LogBindings {
  /** Gets one data point for each request. A deployment may leave it out. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
  readonly REQUEST_LOG?: string;
}

/** Types for Hono: the bindings, and the variables that handlers set. */
export interface RequestEnvironment<Bindings extends LogBindings = LogBindings> {
  readonly Bindings: Bindings;
  readonly Variables: {
    /** Undefined if the path is not an endpoint of the registry. */
    endpoint?: Endpoint;
  };
}

/** The logged facts of a request. No secret, query or address may be among them. */
interface RequestRecord {
  readonly method: string;
  readonly endpoint: Endpoint["kind"] | "other";
  readonly status: number;
  /** The tier that answered; empty if no tier was asked. */
  readonly tier: string;
  /** Until the answer's first byte. workerd's clock stands still while code runs, so this is time spent waiting. */
  readonly ms: number;
  /** The announced length of the body. A client may leave before it has received all bytes. */
  readonly bytes: number;
  /** The image with its tag, or the digest; empty if the path has neither. */
  readonly key: string;
  readonly client: string;
}

/** The limit of Analytics Engine. Bytes. */
const MAX_INDEX_LENGTH = 96;

/** The facts of an answer. */
interface Answer extends Pick<RequestRecord, "status" | "tier" | "ms" | "bytes"> {
  readonly endpoint: Endpoint | undefined;
}

/** Writes one JSON line, unless `REQUEST_LOG` is `off`. Writes one data point, if there is a dataset. */
export function logRequest(env: LogBindings, request: Request, answer: Answer): void {
  const record = requestRecord(request, answer);
  if (env.REQUEST_LOG !== "off") console.log(logLine(record, traceOf(request)));
  env.ANALYTICS?.writeDataPoint(dataPoint(record));
}

/** Logs every request that Hono answers. */
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

/** The image or digest. It was parsed, so its length is limited. */
function keyOf(endpoint: Endpoint): string {
  if ("digest" in endpoint) return endpoint.digest ?? "";
  return "tag" in endpoint ? `${requestedName(endpoint.name)}:${endpoint.tag}` : "";
}

/** Queries name a field by its position: add new fields at the end. */
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
