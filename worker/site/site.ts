import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { type NoticeList, SITE_NOTICES_PATH } from "../../protocol/notices.ts";
import type { RegistryInfo } from "../../protocol/web-api.ts";
import { PAGE_HEADERS } from "../../protocol/page-headers.ts";
import { sourceOffer } from "../../protocol/source-offer.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { WithAccess } from "../access/access-settings.ts";
import { checkSameOrigin, type Person } from "../access/authorise-person.ts";
import { checkHost, type WithHosts } from "../access/known-hosts.ts";
import { parseBuildAddress } from "../builds/build-address.ts";
import type { BuildSettings } from "../builds/wait-for-build.ts";
import { currentNotices } from "../origins/notices.ts";
import type { OriginSettings } from "../origins/settings.ts";
import type { PullSettings } from "../pulls/pull-settings.ts";
import type { CatalogSettings } from "../registry/catalog.ts";
import { pathOf } from "../requests/endpoint.ts";
import { limitPulls, type WithLimits } from "../requests/limits.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { LogBindings, RequestEnvironment } from "../requests/request-log.ts";
import type { RequestSettings } from "../requests/requested-image.ts";
import { type DebugSettings, tierLogOf } from "../requests/debug-log.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { answerBuildOrder } from "./build-orders.ts";
import { answerBuildEvents, answerBuildState, showBuild } from "./builds.ts";
import { answerDocument } from "./documents.ts";
import { answerView, type AssetSettings } from "./html.ts";
import { admitPerson, askForLogin, LOGIN_PATH, toStartPage } from "./login.ts";
import { answerImage, showImage, splitReference } from "./images.ts";
import { answerPackages } from "./packages.ts";
import { answerPopular } from "./popular.ts";

/** The settings that the site needs. */
export interface SiteSettings
  extends
    RequestSettings,
    StoreSettings,
    BuildSettings,
    PullSettings,
    CatalogSettings,
    AssetSettings,
    WithAccess,
    WithHosts,
    WithLimits,
    DebugSettings {
  /** The notices come from the origins. */
  readonly origin: OriginSettings;
}

interface SiteEnvironment<Bindings extends LogBindings> {
  readonly Bindings: Bindings;
  readonly Variables: RequestEnvironment["Variables"] & {
    context: RequestContext<SiteSettings>;
    person: Person;
  };
}

type Site<Bindings extends LogBindings> = Hono<SiteEnvironment<Bindings>>;

const AREAS = ["/", LOGIN_PATH, "/api/*", "/builds/*", "/images/*"];

/** The site for people: the pages of builds and images, as HTML or as text, and the data for the pages. */
export function createSite<Bindings extends LogBindings>(
  parseSettings: (env: Bindings) => SiteSettings,
): Site<Bindings> {
  const site: Site<Bindings> = new Hono();
  for (const area of AREAS) site.use(area, headers, admission(parseSettings));
  addPages(site);
  addApi(site);
  addBuildsApi(site);
  return site;
}

const headers = createMiddleware(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
});

function admission<Bindings extends LogBindings>(parseSettings: (env: Bindings) => SiteSettings) {
  return createMiddleware<SiteEnvironment<Bindings>>(async (c, next) => {
    const config = parseSettings(c.env);
    const request = c.req.raw;
    await limitPulls(config, request);
    checkHost(config, request);
    const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    const context = { config, request, waitUntil, tiers: tierLogOf(config, request) };
    c.set("context", context);
    if (pathOf(request.url) !== "/") {
      const login = await askForLogin(context, async () => c.set("person", await admitPerson(config, request)));
      if (login) return login;
    }
    return next();
  });
}

function addPages<Bindings extends LogBindings>(site: Site<Bindings>): void {
  site.get("/", (c) =>
    answerView(c.get("context"), {
      page: "/",
      find: async () => welcome(c.get("context")),
      describe: async (text) => text,
    }),
  );
  site.get(LOGIN_PATH, (c) => (c.get("person") === "user" ? toStartPage() : c.notFound()));
  site.get("/builds/*", (c) => showBuild(c.get("context"), parseBuildAddress(pathOf(c.req.url))));
  site.get("/images/*", (c) => showImage(c.get("context"), splitReference(pathAfter(c, "/images/"))));
}

/** The whole text for a terminal. Its example is an image that the registry has. Strangers learn nothing of the source. */
function welcome({ config, request }: RequestContext<SiteSettings>): string {
  const { packageSource, defaultArchitecture, access } = config;
  const { host } = new URL(request.url);
  const isUsual = access.scheme === "none" && sourceOffer(packageSource, defaultArchitecture).hasUsualPackages;
  const pull = isUsual
    ? `docker pull ${host}/shell/git/htop`
    : `docker pull ${host}/NAME, with the name of a package in place of NAME`;
  return `A container registry whose images are built when they are pulled: ${pull}\n`;
}

function addApi<Bindings extends LogBindings>(site: Site<Bindings>): void {
  site.get("/api/registry", (c) => {
    return c.json<RegistryInfo>(describeRegistry(c.get("context").config, c.get("person")));
  });
  site.get("/api/images/*", (c) => {
    const tag = new URL(c.req.url).searchParams.get("tag") ?? DEFAULT_TAG;
    return answerImage(c.get("context"), { name: pathAfter(c, "/api/images/"), tag });
  });
  site.get("/api/documents/*", (c) => answerDocument(c.get("context"), pathAfter(c, "/api/documents/")));
  site.get(SITE_NOTICES_PATH, async (c) => {
    return c.json<NoticeList>({ notices: await currentNotices(c.get("context")) });
  });
  site.get("/api/popular", (c) => answerPopular(c.get("context")));
  site.get("/api/packages", (c) => answerPackages(c.get("context"), c.get("person")));
}

function addBuildsApi<Bindings extends LogBindings>(site: Site<Bindings>): void {
  site.post("/api/builds", (c) => {
    checkSameOrigin(c.req.raw);
    return answerBuildOrder(c.get("context"));
  });
  site.get("/api/builds/:key/events", (c) => {
    checkSameOrigin(c.req.raw);
    const address = pathAfter(c, "/api").slice(0, -"/events".length);
    return answerBuildEvents(c.get("context"), parseBuildAddress(address));
  });
  site.get("/api/builds/:key", (c) => answerBuildState(c.get("context"), parseBuildAddress(pathAfter(c, "/api"))));
}

/** Guests learn nothing of the source, and have no list of images. */
function describeRegistry(config: SiteSettings, person: Person): RegistryInfo {
  const { packageSource, defaultArchitecture, platforms, maxPackages, catalog, access } = config;
  const shared = { defaultArchitecture, platforms, maxPackages, needsLogin: access.scheme !== "none" };
  if (person === "guest") return { ...shared, architectures: platforms, hasTags: false, catalog: false };
  const { architectures, hasTags } = sourceOffer(packageSource, defaultArchitecture, platforms);
  return { ...shared, architectures, hasTags, catalog, source: packageSource };
}

/** The rest of the path, undecoded: Hono would decode its parameters. */
function pathAfter({ req }: Context, prefix: string): string {
  return pathOf(req.url).slice(prefix.length);
}
