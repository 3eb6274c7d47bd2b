import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { BUILDS_PATH } from "../protocol/build-events.ts";
import { type ImageRequest, parseImageRequest, requestedName } from "../protocol/image-request.ts";
import { OciError } from "../protocol/oci-error.ts";
import { checkSignature, SIGNATURE_HEADER, type SignatureProblem, TIMESTAMP_HEADER } from "../protocol/signature.ts";
import { newTrace, parseTrace, TRACE_HEADER } from "../protocol/trace-context.ts";
import type { BuildQueue } from "./builds/build-queue.ts";
import type { Config } from "./config.ts";
import { eventStream } from "./event-stream.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { describeSource } from "./sources/package-source.ts";

interface ServerOptions {
  readonly config: Pick<Config, "secrets" | "source" | "maxPackages">;
  readonly queue: BuildQueue;
  readonly log: Pick<Log, "line" | "traced">;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** Parts that are not ready, as `createReadiness` tells them. */
  readonly unreadyParts: () => Promise<readonly string[]>;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly onDefect: (error: unknown) => void;
}

/** An image request is a few hundred bytes; anything longer is none. */
const MAX_BODY_BYTES = 65_536;

/** What the origin says to callers that are not the Worker, or a Worker that is set up wrongly. */
class CallError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const SIGNATURE_ADVICE: Readonly<Record<SignatureProblem, string>> = {
  missing: `the call is not signed: ${TIMESTAMP_HEADER} and ${SIGNATURE_HEADER} are required`,
  expired: "the call's timestamp is more than five minutes off; check the clocks of both sides",
  wrong: "the signature does not fit; ORIGIN_SECRET of the Worker and CORNICE_ORIGIN_SECRET must be equal",
};

/** The origin's HTTP interface: `POST /builds` for the Worker; `/healthz`, `/readyz` and `/metrics` for its operator. */
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
    const { pathname, search } = new URL(c.req.url);
    const timestamp = c.req.header(TIMESTAMP_HEADER) ?? "";
    const call = { method: c.req.method, path: pathname + search, timestamp, body };
    const problem = await checkSignature(config.secrets, call, c.req.header(SIGNATURE_HEADER) ?? "", now());
    if (problem) throw new CallError(401, "UNAUTHORIZED", SIGNATURE_ADVICE[problem]);
    const request = parseImageRequest(parseJson(body), config.maxPackages);
    refuseOtherSources(request, config);
    const trace = parseTrace(c.req.header(TRACE_HEADER)) ?? newTrace();
    const events = log.traced(trace, () => {
      log.line(`asked for, trace ${trace.traceId}`, requestedName(request));
      return eventStream((listener) => queue.join(request, listener));
    });
    return c.body(events, 200, { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" });
  });
  app.notFound((c) => c.json({ code: "NOT_FOUND", message: `there is no ${c.req.method} ${c.req.path} here` }, 404));
  app.onError((error, c) => {
    if (error instanceof CallError) return c.json({ code: error.code, message: error.message }, error.status);
    if (error instanceof OciError) return c.json({ code: error.code, message: error.message }, error.status);
    onDefect(error);
    return c.json({ code: "UNKNOWN", message: "internal error" }, 500);
  });
  return app;
}

/** Nothing here tells what is pulled, nor by whom. */
function serveOperator(app: Hono, { metrics, unreadyParts }: ServerOptions): void {
  app.get("/healthz", (c) => c.text("ok"));
  app.get("/readyz", async (c) => {
    const parts = await unreadyParts();
    if (parts.length > 0) throw new CallError(503, "NOT_READY", `not ready: ${parts.join(", ")}`);
    return c.text("ready");
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

/** Else the Worker would look for tags under another key than the one that they are written to. */
function refuseOtherSources(request: ImageRequest, { source }: ServerOptions["config"]): void {
  const served = describeSource(source);
  if (request.source !== served) {
    const message = `this origin serves ${served}; the Worker's PACKAGE_SOURCE is ${request.source}`;
    throw new CallError(409, "SOURCE_MISMATCH", message);
  }
}
