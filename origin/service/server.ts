import { Readable } from "node:stream";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { BLOBS_PATH } from "../../protocol/blob-call.ts";
import { BUILDS_PATH } from "../../protocol/build-events.ts";
import { CLIENT_HEADER, parseClientKey } from "../../protocol/client-key.ts";
import { parseDigest } from "../../protocol/digest.ts";
import { parsePullRequest, type PullRequest, requestedName } from "../../protocol/image-request.ts";
import type { Notice, NoticeList } from "../../protocol/notices.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { HEALTH_PATH, healthText } from "../../protocol/release.ts";
import { newTrace, parseTrace, TRACE_HEADER } from "../../protocol/trace-context.ts";
import type { Builder } from "./builder.ts";
import type { BuildQueue } from "../builds/build-queue.ts";
import { CallError, checkCall } from "./call-check.ts";
import type { Config } from "./config.ts";
import { eventStream } from "./event-stream.ts";
import type { Log } from "../system/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { describeSource } from "../sources/package-source.ts";

interface ServerOptions {
  readonly config: Pick<Config, "secrets" | "source" | "maxPackages">;
  readonly queue: BuildQueue;
  readonly openBlob: Builder["openBlob"];
  readonly log: Pick<Log, "line" | "traced">;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** The parts that are not ready, from `createReadiness`. */
  readonly unreadyParts: () => Promise<readonly string[]>;
  /** One line for each binary cache. A cache that fails does not make the origin unready. */
  readonly cacheLines: () => readonly string[];
  /** What the people of the page should know. */
  readonly notices: () => readonly Notice[];
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly onDefect: (error: unknown) => void;
}

/** An image request has only a few hundred bytes. */
const MAX_BODY_BYTES = 65_536;
/** An origin that restarts is back after about as long. */
const RETRY_AFTER_S = "10";
/**
 * For a body that a proxy must pass on as it is, byte by byte as it comes. Without `X-Accel-Buffering`, nginx holds an
 * answer back until it has a buffer full, and the Worker hears no heartbeat.
 */
const PASSED_ON_AT_ONCE = { "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no" };

/**
 * The origin's HTTP interface: `POST /builds`, `GET /builds` and `GET /blobs/<digest>` for the Worker, and `/healthz`,
 * `/readyz` and `/metrics` for the operator.
 */
export function createServer(options: ServerOptions): Hono {
  const { config, queue, log, now, onDefect } = options;
  const app = new Hono();
  serveOperator(app, options);
  app.use(
    BUILDS_PATH,
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new CallError(413, "BODY_TOO_LARGE", `a build call has at most ${MAX_BODY_BYTES} bytes`);
      },
    }),
  );
  app.post(BUILDS_PATH, async (c) => {
    const body = await c.req.text();
    await checkCall(c.req.raw, body, config.secrets, now());
    const request = parsePullRequest(parseJson(body), config.maxPackages);
    refuseOtherSources(request, config);
    await refuseWhileDraining(request, options);
    const trace = parseTrace(c.req.header(TRACE_HEADER)) ?? newTrace();
    const events = log.traced(trace, () => {
      log.line(`asked for, trace ${trace.traceId}`, requestedName(request));
      const client = parseClientKey(c.req.header(CLIENT_HEADER));
      return eventStream((listener) => queue.join(request, listener, client));
    });
    return c.body(events, 200, { "Content-Type": "application/x-ndjson", ...PASSED_ON_AT_ONCE });
  });
  serveReads(app, options);
  app.notFound((c) => c.json({ code: "NOT_FOUND", message: `there is no ${c.req.method} ${c.req.path} here` }, 404));
  app.onError((error, c) => {
    if (error instanceof CallError || error instanceof OciError) {
      const headers = error.status === 503 ? { "Retry-After": RETRY_AFTER_S } : {};
      return c.json({ code: error.code, message: error.message }, error.status, headers);
    }
    onDefect(error);
    return c.json({ code: "UNKNOWN", message: "internal error" }, 500);
  });
  return app;
}

/** Signed calls that begin no build. */
function serveReads(app: Hono, { config, openBlob, notices, log, now }: ServerOptions): void {
  app.get(BUILDS_PATH, async (c) => {
    await checkCall(c.req.raw, "", config.secrets, now());
    return c.json({ notices: notices() } satisfies NoticeList, 200, PASSED_ON_AT_ONCE);
  });
  app.get(`${BLOBS_PATH}/:digest`, async (c) => {
    await checkCall(c.req.raw, "", config.secrets, now());
    const digest = parseDigest(c.req.param("digest"));
    const blob = await openBlob(digest);
    if (!blob) throw new OciError("BLOB_UNKNOWN", `this origin has not kept ${digest}`);
    log.line(`serving layer ${digest} from this machine, because the store does not have it`);
    const headers = { "Content-Type": "application/octet-stream", "Content-Length": String(blob.size) };
    return c.body(Readable.toWeb(blob.body), 200, { ...headers, ...PASSED_ON_AT_ONCE });
  });
}

/** These answers do not show who pulls which image. */
function serveOperator(app: Hono, { metrics, unreadyParts, cacheLines, queue }: ServerOptions): void {
  app.get(HEALTH_PATH, (c) => c.text(healthText()));
  app.get("/readyz", async (c) => {
    if (queue.isClosed()) throw new CallError(503, "DRAINING", "draining: the origin stops when its builds have ended");
    const parts = await unreadyParts();
    if (parts.length > 0) throw new CallError(503, "NOT_READY", `not ready: ${parts.join(", ")}`);
    return c.text(["ready", ...cacheLines()].join("\n"));
  });
  app.get("/metrics", async (c) => c.body(await metrics.text(), 200, { "Content-Type": metrics.contentType }));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new CallError(400, "BODY_INVALID", "the body is not JSON");
  }
}

/** A caller that comes back for a build under way may wait for its end. */
async function refuseWhileDraining(request: PullRequest, { queue }: ServerOptions): Promise<void> {
  if (!queue.isClosed() || (await queue.isUnderWay(request))) return;
  throw new CallError(503, "DRAINING", "this origin is stopping and takes no new builds");
}

/** With another source, the Worker would look for the tag under another key than the origin's. */
function refuseOtherSources(request: PullRequest, { source }: ServerOptions["config"]): void {
  const served = describeSource(source);
  if (request.source !== served) {
    const message = `this origin serves ${served}; the Worker's PACKAGE_SOURCE is ${request.source}`;
    throw new CallError(409, "SOURCE_MISMATCH", message);
  }
}
