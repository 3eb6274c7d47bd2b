import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { RegistryInfo } from "../../protocol/web-api.ts";
import { PAGE_HEADERS } from "../../protocol/page-headers.ts";
import { authorisePerson, checkSameOrigin } from "../access/authorise-person.ts";
import { checkHost } from "../access/known-hosts.ts";
import type { Visibility } from "../access/authorise.ts";
import { pathOf } from "../requests/endpoint.ts";
import { parseConfig } from "../settings.ts";
import { limitPulls } from "../requests/limits.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { RequestEnvironment } from "../requests/request-log.ts";
import { tierLogOf } from "../requests/debug-log.ts";
import { answerBuildOrder } from "./build-orders.ts";
import { answerBuildEvents, answerBuildState, showBuild } from "./builds.ts";
import { answerView } from "./html.ts";
import { answerImage, showImage } from "./images.ts";
import { answerPackages } from "./packages.ts";
import { answerPopular } from "./popular.ts";

const WELCOME = "A container registry whose images are built when they are pulled: docker pull HOST/shell/git/htop\n";

interface SiteEnvironment {
  readonly Bindings: RequestEnvironment["Bindings"];
  readonly Variables: RequestEnvironment["Variables"] & {
    context: RequestContext;
    visibility: Visibility;
  };
}

/** What people look at: the pages of builds and images, as HTML or as text, and what the page asks for. */
export const site = new Hono<SiteEnvironment>();

const AREAS = ["/", "/api/*", "/builds/*", "/images/*"];

const headers = createMiddleware<SiteEnvironment>(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
  if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
});

const admission = createMiddleware<SiteEnvironment>(async (c, next) => {
  const config = parseConfig(c.env);
  const request = c.req.raw;
  await limitPulls(config, request);
  checkHost(config, request);
  if (!OPEN_PATHS.has(pathOf(request.url))) c.set("visibility", await authorisePerson(config, request));
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  c.set("context", { config, request, waitUntil, tiers: tierLogOf(config, request) });
  await next();
});

/** Everybody may ask, so that the page can say that it is for users. */
const OPEN_PATHS = new Set(["/", "/api/registry"]);

for (const area of AREAS) site.use(area, headers, admission);

site.get("/", (c) =>
  answerView(c.get("context"), { page: "/", find: async () => WELCOME, describe: async (text) => text }),
);

site.get("/api/registry", (c) => {
  const { packageSource, defaultArchitecture, maxPackages, catalog, access } = c.get("context").config;
  const needsLogin = access.scheme !== "none";
  return c.json<RegistryInfo>({ source: packageSource, defaultArchitecture, maxPackages, catalog, needsLogin });
});

site.get("/api/images/*", (c) => answerImage(c.get("context")));
site.get("/api/popular", (c) => answerPopular(c.get("context")));
site.get("/api/packages", (c) => answerPackages(c.get("context"), c.get("visibility")));

site.post("/api/builds", (c) => {
  checkSameOrigin(c.req.raw);
  return answerBuildOrder(c.get("context"));
});

site.get("/api/builds/:key/events", (c) => {
  checkSameOrigin(c.req.raw);
  return answerBuildEvents(c.get("context"));
});

site.get("/api/builds/:key", (c) => answerBuildState(c.get("context")));
site.get("/builds/*", (c) => showBuild(c.get("context")));
site.get("/images/*", (c) => showImage(c.get("context")));
