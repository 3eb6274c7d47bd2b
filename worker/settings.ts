import { type AccessBindings, parseAccess, type WithAccess } from "./access/access-settings.ts";
import { type HostBindings, parseHosts, type WithHosts } from "./access/known-hosts.ts";
import { checkSettings } from "./answers/misconfigured.ts";
import { type EdgeBindings, type EdgeSettings, parseEdge } from "./assembly/edge-settings.ts";
import { type BuildTimeBindings, type BuildTimes, parseBuildTimes } from "./builds/build-times.ts";
import { type BuildBindings, type BuildSettings, buildSettings } from "./builds/wait-for-build.ts";
import { type ContainerBindings, parseContainerSettings, type WithContainer } from "./containers/container-settings.ts";
import { type LostBlobBindings, type LostBlobSettings, lostBlobSettings } from "./lost-blobs/ask-for-blob.ts";
import { perIsolate } from "./memory/per-isolate.ts";
import { type OriginBindings, parseOriginSettings, type WithOrigins } from "./origins/settings.ts";
import { parsePullSettings, type PullBindings, type PullSettings } from "./pulls/pull-settings.ts";
import { type CatalogBindings, type CatalogSettings, parseCatalog } from "./registry/catalog.ts";
import { type HoldBindings, type HoldSettings, parseHold } from "./registry/hold.ts";
import { type DebugBindings, type DebugSettings, parseDebug } from "./requests/debug-log.ts";
import { type ImageBindings, type ImageSettings, parseImageSettings } from "./requests/image-settings.ts";
import { type LimitBindings, limitSettings, type WithLimits } from "./requests/limits.ts";
import type { LogBindings } from "./requests/request-log.ts";
import { type AssetBindings, assetSettings, type AssetSettings } from "./site/html.ts";
import { parseStoreSettings, type StoreBindings, type StoreSettings } from "./stores/store-settings.ts";

/** All bindings of `wrangler.toml`, and the secrets. Variables may be missing in a deployment that forgot them. */
export interface Bindings
  extends
    OriginBindings,
    ContainerBindings,
    ImageBindings,
    HoldBindings,
    BuildTimeBindings,
    BuildBindings,
    PullBindings,
    StoreBindings,
    LostBlobBindings,
    EdgeBindings,
    CatalogBindings,
    HostBindings,
    AccessBindings,
    LimitBindings,
    DebugBindings,
    LogBindings,
    AssetBindings {}

/** All settings. Each room takes the part that it exports. */
export interface Config
  extends
    WithOrigins,
    WithContainer,
    ImageSettings,
    HoldSettings,
    BuildTimes,
    BuildSettings,
    PullSettings,
    StoreSettings,
    LostBlobSettings,
    EdgeSettings,
    CatalogSettings,
    WithHosts,
    WithAccess,
    DebugSettings,
    WithLimits,
    AssetSettings {}

const configs = perIsolate((env: Bindings) => checkSettings((problems) => readConfig(env, problems)));

/** The settings that `parseConfig` has made of these bindings; undefined before its first success. */
export const knownConfig = configs.known;

/** Reads and checks all settings, once for each isolate. Throws `UNAVAILABLE`; the log gets all problems. */
export function parseConfig(env: Bindings): Config {
  return configs(env);
}

function readConfig(env: Bindings, problems: string[]): Config {
  return {
    origin: parseOriginSettings(env, problems),
    container: parseContainerSettings(env, problems),
    ...parseImageSettings(env, problems),
    ...parseHold(env, problems),
    ...parseBuildTimes(env, problems),
    ...buildSettings(env),
    ...parsePullSettings(env, problems),
    ...parseStoreSettings(env, problems),
    ...lostBlobSettings(env),
    ...parseEdge(env, problems),
    ...parseCatalog(env, problems),
    hosts: parseHosts(env.HOSTS, problems),
    access: parseAccess(env, env.ORIGIN_SECRET ?? "", problems),
    ...parseDebug(env, problems),
    ...limitSettings(env),
    ...assetSettings(env),
  };
}
