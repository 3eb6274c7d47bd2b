import { type Context, Hono } from "hono";
import { OciError } from "../../protocol/oci-error.ts";
import { authorise } from "../access/authorise.ts";
import { TOKEN_PATH } from "../access/challenge.ts";
import { answerToken } from "../access/token-endpoint.ts";
import { readableError } from "../answers/errors.ts";
import { answerBlob } from "./blobs.ts";
import { answerCatalog, type CatalogSettings } from "./catalog.ts";
import { type Endpoint, parseEndpoint, pathOf } from "../requests/endpoint.ts";
import type { WithAccess } from "../access/access-settings.ts";
import { limitPulls, type WithLimits } from "../requests/limits.ts";
import { answerManifest } from "./manifests.ts";
import { answerPublicKeys, PUBLIC_KEYS_PATH } from "./public-keys.ts";
import { answerReferrers } from "./referrers.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { LogBindings, RequestEnvironment } from "../requests/request-log.ts";
import { answerTagList } from "./tag-list.ts";
import { type DebugSettings, tierLogOf } from "../requests/debug-log.ts";
import type { RestoreSettings } from "./restore-blob.ts";
import { answerTag, type TagSettings } from "./tags.ts";

/** The settings that the registry needs. */
export interface RegistrySettings
  extends TagSettings, RestoreSettings, CatalogSettings, WithAccess, WithLimits, DebugSettings {}

/** The registry API: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
export function createRegistry<Bindings extends LogBindings>(
  parseSettings: (env: Bindings) => RegistrySettings,
): Hono<RequestEnvironment<Bindings>> {
  const registry = new Hono<RequestEnvironment<Bindings>>();
  registry.all("/v2/*", (c) => answerEndpoint(c, parseSettings));
  registry.all(TOKEN_PATH, async (c) => {
    const config = parseSettings(c.env);
    const { access } = config;
    if (access.scheme !== "token") return c.notFound();
    checkMethod(c.req.method, ["GET", "HEAD", "POST"]);
    await limitPulls(config, c.req.raw);
    return answerToken(config, access, c.req.raw);
  });
  registry.all(PUBLIC_KEYS_PATH, async (c) => {
    checkMethod(c.req.method);
    const config = parseSettings(c.env);
    await limitPulls(config, c.req.raw);
    return answerPublicKeys(config);
  });
  return registry;
}

/** Hono answers HEAD through the GET route and drops the body. Blobs check the method, so HEAD reads no body. */
async function answerEndpoint<Bindings extends LogBindings>(
  c: Context<RequestEnvironment<Bindings>>,
  parseSettings: (env: Bindings) => RegistrySettings,
): Promise<Response> {
  checkMethod(c.req.method);
  checkNoBody(c.req.raw);
  const config = parseSettings(c.env);
  await limitPulls(config, c.req.raw);
  const endpoint = endpointOf(c.req.raw, config);
  if (!endpoint) return c.notFound();
  c.set("endpoint", endpoint);
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const context = { config, request: c.req.raw, waitUntil, tiers: tierLogOf(config, c.req.raw) };
  const visible = await authorise(context, endpoint);
  if (visible.kind === "version") return c.json({}, 200, { "Content-Length": "2" });
  return answerContent(context, visible);
}

/** The parsed path. Throws an error whose message the client shows. */
function endpointOf(request: Request, { maxPackages }: RegistrySettings): Endpoint | undefined {
  try {
    return parseEndpoint(pathOf(request.url), maxPackages);
  } catch (error) {
    throw readableError(error, request);
  }
}

/** The one place behind which stores and caches are read. Only admitted requests may get here. */
function answerContent(
  context: RequestContext<RegistrySettings>,
  endpoint: Exclude<Endpoint, { kind: "version" }>,
): Promise<Response> {
  const { config, request } = context;
  switch (endpoint.kind) {
    case "tag":
      return answerTag(context, endpoint);
    case "manifest":
      return answerManifest(context, endpoint.digest);
    case "blob":
      return answerBlob(context, endpoint);
    case "referrers":
      return answerReferrers(context, endpoint.digest);
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

/** With a body, client and server may disagree on where the request ends. So the Worker refuses it. */
function checkNoBody({ body, headers }: Request): void {
  const length = headers.get("Content-Length") ?? "0";
  if (body === null && /^0+$/.test(length) && !headers.has("Transfer-Encoding")) return;
  throw new OciError("SIZE_INVALID", "a GET or HEAD request must not have a body");
}
