import { type Architecture } from "../protocol/image-name.ts";
import { isArchitecture } from "../protocol/image-request.ts";
import { OciError } from "../protocol/oci-error.ts";
import { type AccessBindings, type AccessSettings, parseAccess } from "./access/access-settings.ts";
import { type KnownHosts, parseHosts } from "./access/known-hosts.ts";
import type { BuildCoordinator } from "./builds/build-coordinator.ts";
import { type OriginBindings, type OriginSettings, parseOriginSettings } from "./origins/settings.ts";
import { type DebugBindings, type DebugSettings, parseLogLevel } from "./requests/debug-log.ts";
import type { LimitBindings, Limits } from "./requests/limits.ts";
import type { LostBlob } from "./lost-blobs/lost-blob.ts";
import type { PullCounter } from "./pulls/pull-counter.ts";

/** What `wrangler.toml` binds, and the secrets. Variables may be missing in a deployment that forgot them. */
export interface Bindings extends OriginBindings, AccessBindings, DebugBindings, LimitBindings {
  readonly KV: KVNamespace;
  readonly R2: R2Bucket;
  /** One data point for each request; a deployment need not have it. */
  readonly ANALYTICS?: AnalyticsEngineDataset;
  /** The page's files; a deployment need not have them. */
  readonly ASSETS?: Pick<Fetcher, "fetch">;
  readonly BUILDS: DurableObjectNamespace<BuildCoordinator>;
  readonly PULLS: DurableObjectNamespace<PullCounter>;
  readonly LOST_BLOBS: DurableObjectNamespace<LostBlob>;
  readonly PACKAGE_SOURCE?: string;
  readonly DEFAULT_ARCHITECTURE?: string;
  readonly MAX_PACKAGES?: string;
  readonly MANIFEST_HOLD?: string;
  readonly BUILD_WAIT?: string;
  readonly BUILD_TIMEOUT?: string;
  readonly TAG_FRESHNESS_S?: string;
  readonly REVALIDATE_TOP?: string;
  readonly CACHE_HOST?: string;
  readonly CATALOG?: string;
  readonly REQUEST_LOG?: string;
  readonly HOSTS?: string;
}

export interface Config extends DebugSettings {
  readonly kv: KVNamespace;
  readonly r2: R2Bucket;
  readonly assets: Pick<Fetcher, "fetch"> | undefined;
  readonly builds: DurableObjectNamespace<BuildCoordinator>;
  readonly pulls: DurableObjectNamespace<PullCounter>;
  readonly lostBlobs: DurableObjectNamespace<LostBlob>;
  readonly origin: OriginSettings;
  readonly packageSource: string;
  readonly defaultArchitecture: Architecture;
  readonly maxPackages: number;
  /** So long a request for a manifest that is being built is left without an answer. */
  readonly holdMs: number;
  /** So long a client is kept waiting in all, over all its requests. */
  readonly buildWaitMs: number;
  /** So long a build may take, whether or not anybody waits. */
  readonly buildTimeoutMs: number;
  /** An older tag is looked up again in the background. */
  readonly tagFreshnessMs: number;
  /** So many of the most pulled images are revalidated by the cron trigger. */
  readonly revalidateTop: number;
  /** The host name in the colo cache's keys. */
  readonly cacheHost: string;
  /** Whether the list of all images may be read. */
  readonly catalog: boolean;
  readonly hosts: KnownHosts;
  readonly access: AccessSettings;
  readonly limits: Limits;
}

/** A name of 255 characters has no room for more. */
const MAX_MAX_PACKAGES = 255;
/** Some clients give up after 30 s without a response header. */
const MAX_HOLD_S = 29;
const DAY_S = 86_400;
/** All are revalidated at once, and every call to a build's object is a subrequest. */
const MAX_REVALIDATE_TOP = 200;

const configs = new WeakMap<Bindings, Config>();

/** What `parseConfig` made of these bindings before; undefined where it did not, or could not. */
export function knownConfig(env: Bindings): Config | undefined {
  return configs.get(env);
}

/** Checks every setting before failing, once for each isolate. Throws `UNAVAILABLE`; the log gets the reasons. */
export function parseConfig(env: Bindings): Config {
  const known = knownConfig(env);
  if (known) return known;
  const problems: string[] = [];
  const config = readConfig(env, problems);
  if (problems.length > 0) throw misconfigured(new Error(problems.join("\n")));
  configs.set(env, config);
  return config;
}

/** What only the operator can put right; the cause goes to the log. */
export function misconfigured(cause: Error): OciError {
  const message = "the registry is misconfigured; its operator finds the reason in the Worker's log";
  return new OciError("UNAVAILABLE", message, { cause });
}

function readConfig(env: Bindings, problems: string[]): Config {
  return {
    kv: env.KV,
    r2: env.R2,
    assets: env.ASSETS,
    builds: env.BUILDS,
    pulls: env.PULLS,
    lostBlobs: env.LOST_BLOBS,
    origin: parseOriginSettings(env, problems),
    packageSource: packageSource(env.PACKAGE_SOURCE ?? "", problems),
    defaultArchitecture: defaultArchitecture(env.DEFAULT_ARCHITECTURE ?? "amd64", problems),
    maxPackages: integer(env, "MAX_PACKAGES", { fallback: 64, max: MAX_MAX_PACKAGES }, problems),
    holdMs: 1000 * integer(env, "MANIFEST_HOLD", { fallback: 25, max: MAX_HOLD_S }, problems),
    buildWaitMs: 1000 * integer(env, "BUILD_WAIT", { fallback: 900, max: DAY_S }, problems),
    buildTimeoutMs: 1000 * integer(env, "BUILD_TIMEOUT", { fallback: 3600, max: 2 * DAY_S }, problems),
    tagFreshnessMs: 1000 * integer(env, "TAG_FRESHNESS_S", { fallback: 300, min: 0, max: DAY_S }, problems),
    revalidateTop: integer(env, "REVALIDATE_TOP", { fallback: 20, min: 0, max: MAX_REVALIDATE_TOP }, problems),
    cacheHost: cacheHost(env.CACHE_HOST ?? "cornice.internal", problems),
    catalog: catalog(env.CATALOG ?? "false", problems),
    hosts: parseHosts(env.HOSTS, problems),
    access: parseAccess(env, env.ORIGIN_SECRET ?? "", problems),
    logLevel: parseLogLevel(env, problems),
    limits: { pulls: env.PULL_LIMIT, builds: env.BUILD_LIMIT, passwords: env.PASSWORD_LIMIT },
  };
}

function packageSource(text: string, problems: string[]): string {
  if (text === "") problems.push("PACKAGE_SOURCE is not set; the origin's first log line tells it");
  return text;
}

function defaultArchitecture(text: string, problems: string[]): Architecture {
  if (isArchitecture(text)) return text;
  problems.push(`DEFAULT_ARCHITECTURE is ${JSON.stringify(text)}; it must be amd64 or arm64`);
  return "amd64";
}

function cacheHost(text: string, problems: string[]): string {
  if (URL.parse(`https://${text}/`)?.host !== text) problems.push("CACHE_HOST must be a host name");
  return text;
}

type IntegerName =
  | "MAX_PACKAGES"
  | "MANIFEST_HOLD"
  | "BUILD_WAIT"
  | "BUILD_TIMEOUT"
  | "TAG_FRESHNESS_S"
  | "REVALIDATE_TOP";

interface IntegerRange {
  readonly fallback: number;
  /** 1 by default. */
  readonly min?: number;
  readonly max: number;
}

function integer(
  env: Bindings,
  name: IntegerName,
  { fallback, min = 1, max }: IntegerRange,
  problems: string[],
): number {
  const text = env[name] ?? String(fallback);
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  problems.push(`${name} is ${JSON.stringify(text)}; it must be a whole number from ${min} to ${max}`);
  return fallback;
}

function catalog(text: string, problems: string[]): boolean {
  if (text !== "true" && text !== "false") {
    problems.push(`CATALOG is ${JSON.stringify(text)}; it must be true or false`);
  }
  return text === "true";
}
