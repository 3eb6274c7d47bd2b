import { type BuildSettings, parseBuilds } from "../builds/settings.ts";
import { parseBundles } from "../bundles/settings.ts";
import { type DiskSettings, parseDisks } from "../disks/settings.ts";
import { type IndexWait, parseIndexWait } from "../index/settings.ts";
import { type LayerSettings, parseLayers } from "../layers/settings.ts";
import { type NixSettings, parseNix } from "../nix/settings.ts";
import { type IndexSettings, parseIndexLimits } from "../package-index/index-limits.ts";
import { type PackingSettings, parsePacking } from "../packing/settings.ts";
import { parseSources, type SourceSettings } from "../sources/settings.ts";
import { type KvSettings, parseKv, parseR2, type R2Settings } from "../stores/settings.ts";
import type { LogFormat } from "../system/log.ts";
import { LOG_LEVELS, type LogLevel } from "../../protocol/log-level.ts";
import { type Environment, Settings } from "../system/settings.ts";
import { parseSpoolDirectory } from "../system/spool.ts";
import { parseTrust, type TrustSettings } from "../trust/settings.ts";
import { MIN_SECRET_LENGTH } from "../../protocol/signature.ts";

/** Kubernetes kills a container 30 s after it told it to stop. Builds that are stopped need about four of them. */
export const DRAIN_TIMEOUT_S = { fallback: 25, min: 0, max: 86_400 };

/** The settings for building images, in the server or in a program. */
export interface BuilderConfig
  extends SourceSettings, BuildSettings, LayerSettings, PackingSettings, IndexWait, DiskSettings {
  readonly nix: NixSettings;
  /** Holds layers until they are uploaded. */
  readonly spoolDirectory: string;
}

/** The settings for listing the packages of a source, in a program that also builds. */
export interface IndexConfig extends BuilderConfig, IndexSettings {}

/** The settings of the server: those for building, and those for its callers, its log and its stores. */
export interface Config extends BuilderConfig {
  readonly host: string;
  readonly port: number;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /**
   * Shared with the Worker, which signs its calls with one of them. There are two while the operator changes the key.
   */
  readonly secrets: readonly string[];
  /** Whether the origin writes bundles, so that the Worker can make images of known packages. */
  readonly makesBundles: boolean;
  readonly trust: TrustSettings;
  /** Seconds that builds have to end by themselves when the origin is told to stop. */
  readonly drainTimeoutS: number;
  readonly r2: R2Settings;
  readonly kv: KvSettings;
}

/** Checks every setting before it fails. Throws `ConfigError`. */
export function parseConfig(env: Environment, cpus: number): Config {
  const settings = new Settings(env);
  const builder = parseBuilder(settings, cpus);
  const server = {
    host: settings.optional("CORNICE_ORIGIN_HOST") ?? "127.0.0.1",
    port: parseOriginPort(settings),
    logFormat: parseLogFormat(settings),
    logLevel: parseLogLevel(settings),
    secrets: parseSecrets(settings),
    makesBundles: parseBundles(settings),
    trust: parseTrust(settings),
    drainTimeoutS: parseDrainTimeout(settings),
    r2: parseR2(settings),
    kv: parseKv(settings),
  };
  return { ...whole(builder, settings), ...server };
}

/** Checks only the settings for building. Throws `ConfigError`. */
export function parseBuilderConfig(env: Environment, cpus: number): BuilderConfig {
  const settings = new Settings(env);
  return whole(parseBuilder(settings, cpus), settings);
}

/** Checks only the settings for building and for listing packages. Throws `ConfigError`. */
export function parseIndexConfig(env: Environment, cpus: number): IndexConfig {
  const settings = new Settings(env);
  const builder = parseBuilder(settings, cpus);
  const limits = parseIndexLimits(settings, cpus);
  return { ...whole(builder, settings), limits };
}

/** The settings for building. If the package source is undefined, its problem is in the list already. */
type ParsedBuilder = Omit<BuilderConfig, "source"> & Pick<ReturnType<typeof parseSources>, "source">;

function whole({ source, ...config }: ParsedBuilder, settings: Settings): BuilderConfig {
  settings.throwIfAny();
  if (!source) throw new Error("a missing package source was not reported");
  return { ...config, source };
}

function parseBuilder(settings: Settings, cpus: number): ParsedBuilder {
  return {
    ...parseSources(settings),
    nix: parseNix(settings),
    ...parseBuilds(settings, cpus),
    ...parseIndexWait(settings),
    ...parseLayers(settings),
    ...parsePacking(settings, cpus),
    ...parseDisks(settings),
    spoolDirectory: parseSpoolDirectory(settings),
  };
}

/** Also for `start/`, which starts the origin and needs its port. */
export function parseOriginPort(settings: Settings): number {
  return settings.integer("CORNICE_ORIGIN_PORT", { fallback: 8788, min: 1, max: 65_535 });
}

/** Seconds that work under way has to end after SIGTERM. Also for `start/`, which ends the origin. */
export function parseDrainTimeout(settings: Settings): number {
  return settings.integer("CORNICE_DRAIN_TIMEOUT", DRAIN_TIMEOUT_S);
}

/** Also for `start/`. */
export function parseLogFormat(settings: Settings): LogFormat {
  return settings.oneOf("CORNICE_LOG_FORMAT", ["text", "json"]);
}

/** Also for `start/`, which starts the origin and writes log lines of its own. */
export function parseLogLevel(settings: Settings): LogLevel {
  return settings.oneOf("CORNICE_LOG_LEVEL", LOG_LEVELS);
}

function parseSecrets(settings: Settings): readonly string[] {
  settings.required("CORNICE_ORIGIN_SECRET", "the same value as the Worker's secret ORIGIN_SECRET");
  return ["CORNICE_ORIGIN_SECRET", "CORNICE_ORIGIN_SECRET_PREVIOUS"].flatMap((name) => {
    const secret = settings.optional(name);
    if (secret === undefined) return [];
    if (secret.length < MIN_SECRET_LENGTH) {
      settings.problems.push(`${name} has ${secret.length} characters; use at least ${MIN_SECRET_LENGTH}`);
    }
    return [secret];
  });
}
