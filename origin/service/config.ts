import type { LogFormat, LogLevel } from "../system/log.ts";
import { parsePopularityUrl } from "../layers/popularity-file.ts";
import { type NixSettings, parseNix } from "../nix/settings.ts";
import { type IndexLimits, parseIndexLimits } from "../package-index/index-limits.ts";
import { type KvSettings, parseKv, parseR2, type R2Settings } from "../stores/settings.ts";
import type { SourceUrls } from "../sources/channel-source.ts";
import { type PackageSource, parsePackageSource } from "../sources/package-source.ts";
import { parseSourceAccess, type SourceAccess } from "../sources/source-settings.ts";
import { type Environment, Settings } from "../system/settings.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { MIN_SECRET_LENGTH } from "../../protocol/signature.ts";

/** What building takes, whoever asks for it. */
export interface BuilderConfig {
  readonly source: PackageSource;
  readonly sourceUrls: SourceUrls;
  readonly sourceAccess: SourceAccess;
  readonly nix: NixSettings;
  readonly maxPackages: number;
  /** Of all store paths of an image, uncompressed. */
  readonly maxImageBytes: number;
  /** Images that are evaluated, built and packed at a time. */
  readonly maxBuilds: number;
  /** Layers of an image beside the root layer. */
  readonly maxStoreLayers: number;
  /** Where the popularity of packages is read when the origin starts. */
  readonly popularityUrl: URL | undefined;
  /** Threads that compress layers. */
  readonly packers: number;
  readonly compression: LayerCompression;
  /** Layers are spooled here until they are uploaded. */
  readonly spoolDirectory: string;
  /** Of layers that are kept, beside the spool, because parts of them may be parts of others; 0 keeps none. */
  readonly maxKeptBytes: number;
}

/** What listing the packages of a source takes. */
export interface IndexConfig extends BuilderConfig {
  readonly limits: IndexLimits;
}

/** What the origin needs beside that: whom it answers, and where images go. */
export interface Config extends BuilderConfig {
  readonly host: string;
  readonly port: number;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  /** Shared with the Worker, which signs its calls with one of them: two while the key is being changed. */
  readonly secrets: readonly string[];
  readonly r2: R2Settings;
  readonly kv: KvSettings;
}

/** dockerd refuses images of more than 125 layers; about 24 are left for images built on ours. */
const DEFAULT_MAX_STORE_LAYERS = 100;
const MAX_STORE_LAYERS = 124;
const MIB = 1_048_576;
/** A tebibyte: whoever wants more has taken one unit for another. */
const MAX_MEBIBYTES = 1_048_576;
/** Checks every setting before failing. Throws `ConfigError`. */
export function parseConfig(env: Environment, cpus: number): Config {
  const settings = new Settings(env);
  const builder = parseBuilder(settings, cpus);
  const server = {
    host: settings.optional("CORNICE_ORIGIN_HOST") ?? "127.0.0.1",
    port: parseOriginPort(settings),
    logFormat: settings.oneOf("CORNICE_LOG_FORMAT", ["text", "json"]),
    logLevel: parseLogLevel(settings),
    secrets: parseSecrets(settings),
    r2: parseR2(settings),
    kv: parseKv(settings),
  };
  return { ...whole(builder, settings), ...server };
}

/** Checks every setting that building takes, and asks for no other. Throws `ConfigError`. */
export function parseBuilderConfig(env: Environment, cpus: number): BuilderConfig {
  const settings = new Settings(env);
  return whole(parseBuilder(settings, cpus), settings);
}

/** Checks every setting that listing packages takes, and asks for no other. Throws `ConfigError`. */
export function parseIndexConfig(env: Environment, cpus: number): IndexConfig {
  const settings = new Settings(env);
  const builder = parseBuilder(settings, cpus);
  const limits = parseIndexLimits(settings);
  return { ...whole(builder, settings), limits };
}

/** A builder's settings of which the package source may be missing; that has been reported then. */
type ParsedBuilder = Omit<BuilderConfig, "source"> & { readonly source: PackageSource | undefined };

function whole({ source, ...config }: ParsedBuilder, settings: Settings): BuilderConfig {
  settings.throwIfAny();
  if (!source) throw new Error("a missing package source was not reported");
  return { ...config, source };
}

function parseBuilder(settings: Settings, cpus: number): ParsedBuilder {
  return {
    source: parsePackageSource(settings),
    sourceUrls: {
      channels: settings.optionalUrl("CORNICE_CHANNELS_URL", "https://channels.nixos.org"),
      nixpkgs: settings.optionalUrl("CORNICE_NIXPKGS_URL", "https://github.com/NixOS/nixpkgs"),
    },
    sourceAccess: parseSourceAccess(settings),
    nix: parseNix(settings),
    maxPackages: parseMaxPackages(settings),
    maxImageBytes: MIB * settings.integer("CORNICE_MAX_IMAGE_MIB", { fallback: 8192, min: 1, max: MAX_MEBIBYTES }),
    maxBuilds: settings.integer("CORNICE_MAX_BUILDS", { fallback: cpus + 1, min: 1, max: 256 }),
    maxStoreLayers: settings.integer("CORNICE_MAX_LAYERS", {
      fallback: DEFAULT_MAX_STORE_LAYERS,
      min: 1,
      max: MAX_STORE_LAYERS,
    }),
    popularityUrl: parsePopularityUrl(settings),
    packers: settings.integer("CORNICE_PACKERS", { fallback: cpus, min: 1, max: 64 }),
    compression: settings.oneOf("CORNICE_COMPRESSION", ["gzip", "zstd"]),
    spoolDirectory: settings.optional("CORNICE_SPOOL_DIR") ?? "/var/tmp/cornice",
    maxKeptBytes: MIB * settings.integer("CORNICE_KEPT_MIB", { fallback: 2048, min: 0, max: MAX_MEBIBYTES }),
  };
}

/** Also for whoever starts the origin, and must know. */
export function parseOriginPort(settings: Settings): number {
  return settings.integer("CORNICE_ORIGIN_PORT", { fallback: 8788, min: 1, max: 65_535 });
}

/** Also for a program that starts the origin, and shows lines of its own. */
export function parseLogLevel(settings: Settings): LogLevel {
  return settings.oneOf("CORNICE_LOG_LEVEL", ["info", "debug"]);
}

/** The Worker must be told the same number. */
export function parseMaxPackages(settings: Settings): number {
  return settings.integer("CORNICE_MAX_PACKAGES", { fallback: 64, min: 1, max: 255 });
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
