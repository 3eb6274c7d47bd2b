import { Hono } from "hono";
import { OciError } from "../protocol/oci-error.ts";
import { cacheControl, type Visibility } from "./answers/caching.ts";
import { COMMON_HEADERS } from "./answers/content.ts";
import { answerError } from "./answers/errors.ts";
import { createDeployment } from "./deployment/deployment.ts";
import { createRegistry } from "./registry/registry.ts";
import { answerWarmTag } from "./registry/warm-tags.ts";
import { type RequestEnvironment, requestLog } from "./requests/request-log.ts";
import { type Bindings, knownConfig, parseConfig } from "./settings.ts";
import { createSite } from "./site/site.ts";

/**
 * Every request comes in here. A warm tag, the most frequent request, is answered before Hono starts. Only a registry
 * without users has warm tags, so their answers need no limit of caching.
 */
export function answerRequest(
  request: Request,
  env: Bindings,
  context: ExecutionContext,
): Response | Promise<Response> {
  const config = knownConfig(env);
  const warm = config && answerWarmTag(config, request, env, context);
  if (warm instanceof Response) return warm;
  return Promise.resolve(warm).then((answer) => answer ?? routes.fetch(request, env, context));
}

/** The registry API and the site. */
export const routes = new Hono<RequestEnvironment<Bindings>>();

routes.use(requestLog);

routes.use(async (c, next) => {
  await next();
  // Headers are set on the response itself. A new response around a streamed body could lose the body's known length.
  const { headers, status } = c.res;
  for (const [name, value] of Object.entries(COMMON_HEADERS)) headers.set(name, value);
  headers.set("Cache-Control", cacheControl(headers.get("Cache-Control"), status, visibilityOf(c.env)));
});

/** Only a registry without users has answers for everybody. Settings that cannot be read may have users. */
function visibilityOf(env: Bindings): Visibility {
  return knownConfig(env)?.access.scheme === "none" ? "public" : "private";
}

routes.route("/", createRegistry(parseConfig));
routes.route("/", createSite(parseConfig));
routes.route("/", createDeployment(parseConfig));

routes.notFound(() => answerError(new OciError("NAME_UNKNOWN", "this registry has nothing at this address")));

routes.onError((error) => answerError(error));
