import { Hono } from "hono";
import { OciError } from "../../protocol/oci-error.ts";
import { authorise } from "../access/authorise.ts";
import { TOKEN_PATH } from "../access/challenge.ts";
import { answerToken } from "../access/token-endpoint.ts";
import { answerBlob } from "./blobs.ts";
import { COMMON_HEADERS } from "../answers/content.ts";
import { answerCatalog } from "./catalog.ts";
import { type Endpoint, parseEndpoint, pathOf } from "../requests/endpoint.ts";
import { parseConfig } from "../settings.ts";
import { answerError } from "../answers/errors.ts";
import { limitPulls } from "../requests/limits.ts";
import { answerManifest } from "./manifests.ts";
import { answerReferrers } from "./referrers.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { type RequestEnvironment, requestLog } from "../requests/request-log.ts";
import { site } from "../site/site.ts";
import { answerTagList } from "./tag-list.ts";
import { answerTag } from "./tags.ts";
import { tierLogOf } from "../requests/debug-log.ts";

/** The registry API, and the pages beside it: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
export const registry = new Hono<RequestEnvironment>();

registry.use(requestLog);

registry.use(async (c, next) => {
  await next();
  // Set in place: wrapping the response anew could cost a streamed body its known length.
  for (const [name, value] of Object.entries(COMMON_HEADERS)) c.res.headers.set(name, value);
});

// Hono answers HEAD through the GET route and drops the body; blobs look at the method to spare the read.
registry.all("/v2/*", async (c) => {
  checkMethod(c.req.method);
  checkNoBody(c.req.raw);
  const config = parseConfig(c.env);
  await limitPulls(config, c.req.raw);
  const endpoint = parseEndpoint(pathOf(c.req.url), config.maxPackages);
  if (!endpoint) return c.notFound();
  c.set("endpoint", endpoint);
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const context = { config, request: c.req.raw, waitUntil, tiers: tierLogOf(config, c.req.raw) };
  const visibility = await authorise(context, endpoint);
  if (endpoint.kind === "version") return c.json({}, 200, { "Content-Length": "2" });
  const response = await answerContent(context, endpoint);
  return visibility === "public" ? response : keptByClientAlone(response);
});

registry.route("/", site);

registry.all(TOKEN_PATH, async (c) => {
  const config = parseConfig(c.env);
  const { access } = config;
  if (access.scheme !== "token") return c.notFound();
  checkMethod(c.req.method, ["GET", "HEAD", "POST"]);
  await limitPulls(config, c.req.raw);
  return answerToken(config, access, c.req.raw);
});

registry.notFound(() => answerError(new OciError("NAME_UNKNOWN", "this registry has nothing at this address")));

registry.onError((error) => answerError(error));

/** The one place behind which stores and caches are read. Whoever may not pull must not get here. */
function answerContent(context: RequestContext, endpoint: Exclude<Endpoint, { kind: "version" }>): Promise<Response> {
  const { config, request } = context;
  switch (endpoint.kind) {
    case "tag":
      return answerTag(context, endpoint);
    case "manifest":
      return answerManifest(context, endpoint.digest);
    case "blob":
      return answerBlob(context, endpoint);
    case "referrers":
      return answerReferrers(config, request, endpoint.digest);
    case "tag list":
      return answerTagList(config, request, endpoint.repository, endpoint.name);
    case "catalog":
      return answerCatalog(config, request);
  }
}

function checkMethod(method: string, allowed: readonly string[] = ["GET", "HEAD"]): void {
  if (allowed.includes(method)) return;
  throw new OciError("UNSUPPORTED", "this registry is pull-only", { headers: { Allow: allowed.join(", ") } });
}

/** Caches in front of the Worker know nothing of who may pull. */
function keptByClientAlone(response: Response): Response {
  const caching = response.headers.get("Cache-Control") ?? "no-store";
  response.headers.set("Cache-Control", caching.replace(/\bpublic\b/, "private"));
  return response;
}

/** A body here means that client and server disagree on where a request ends: better refused than ignored. */
function checkNoBody({ body, headers }: Request): void {
  const length = headers.get("Content-Length") ?? "0";
  if (body === null && /^0+$/.test(length) && !headers.has("Transfer-Encoding")) return;
  throw new OciError("SIZE_INVALID", "a GET or HEAD request must not have a body");
}
