import { resolve } from "node:path";
import { parseMaxPackages } from "../origin/builds/settings.ts";
import { parseLogFormat, parseLogLevel, parseOriginPort } from "../origin/service/config.ts";
import { type PackageSource, parsePackageSource, SOURCE_SETTINGS } from "../origin/sources/package-source.ts";
import { parseRefTtl } from "../origin/sources/settings.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import type { Architecture } from "../protocol/image-name.ts";
import type { LogLevel } from "../protocol/log-level.ts";
import { parsePlatforms } from "../protocol/platforms.ts";
import { SHARED_SETTINGS } from "../protocol/shared-settings.ts";
import { parseAccess } from "../worker/access/access-settings.ts";
import { type Entrance, LOOPBACK_ENTRANCE } from "./local-edge/entrance.ts";
import type { LogFormat } from "../origin/system/log.ts";
import { type Environment, Settings } from "../origin/system/settings.ts";

/**
 * The Worker's settings that say who may pull, and whether images are listed. The Worker has defaults for missing ones.
 */
export interface AccessVars {
  readonly AUTH?: string;
  readonly USERS?: string;
  readonly PUBLIC?: string;
  readonly CATALOG?: string;
}

export interface StartConfig {
  readonly entrance: Entrance;
  /** Whether one client may pull and build only so often. */
  readonly limitsClients: boolean;
  /** The ports of the registry and of the origin. */
  readonly port: number;
  readonly originPort: number;
  /** The port where the origin reaches R2 and KV. If it is undefined, the system chooses one. */
  readonly storesPort: number | undefined;
  /** The folder of everything that Cornice keeps, except the Nix store. */
  readonly stateDirectory: string;
  /** The most bytes of R2, KV and the Worker's cache. */
  readonly maxStateBytes: number;
  /** Undefined means the starter set. */
  readonly source: PackageSource | undefined;
  readonly maxPackages: number;
  /** What a name without an architecture stands for. */
  readonly platforms: readonly Architecture[];
  /** Seconds until the Worker looks a tag up again. The origin uses the same value. */
  readonly tagFreshnessS: number;
  readonly waits: BuildWaits;
  readonly access: AccessVars;
  /** Host names under which browsers may use the page, besides loopback's. Separated by spaces. */
  readonly hosts: string;
  /** Whether `npm start` lists the packages for the registry's page. */
  readonly indexes: boolean;
  /** The log level of the origin and of the Worker. */
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** The Worker's settings with these names, in seconds. */
export interface BuildWaits {
  readonly MANIFEST_HOLD: string;
  readonly BUILD_WAIT: string;
  readonly BUILD_TIMEOUT: string;
}

const MAX_PORT = 65_535;
const GIB = 1_073_741_824;
/** One pebibyte in GiB. A larger value is probably in another unit. */
const MAX_GIBIBYTES = 1_048_576;

/** Throws `ConfigError`. */
export function parseStartConfig(env: Environment): StartConfig {
  const settings = new Settings(env);
  const config = { ...parseCommon(settings, ".cornice"), entrance: LOOPBACK_ENTRANCE, limitsClients: false };
  settings.throwIfAny();
  return config;
}

/** The settings of each registry on one machine. Their problems are in `settings`. */
export function parseCommon(
  settings: Settings,
  stateDirectory: string,
): Omit<StartConfig, "entrance" | "limitsClients"> {
  const config = {
    port: settings.integer("CORNICE_PORT", { fallback: 8787, min: 1, max: MAX_PORT }),
    originPort: parseOriginPort(settings),
    storesPort: storesPort(settings),
    stateDirectory: resolve(settings.optional("CORNICE_STATE_DIR") ?? stateDirectory),
    maxStateBytes: GIB * settings.integer("CORNICE_STATE_GIB", { fallback: 20, min: 1, max: MAX_GIBIBYTES }),
    source: parseOptionalSource(settings),
    platforms: platforms(settings),
    maxPackages: parseMaxPackages(settings),
    tagFreshnessS: parseRefTtl(settings),
    waits: {
      MANIFEST_HOLD: String(settings.integer("CORNICE_MANIFEST_HOLD", SHARED_SETTINGS.manifestHoldS)),
      BUILD_WAIT: String(settings.integer("CORNICE_BUILD_WAIT", SHARED_SETTINGS.buildWaitS)),
      BUILD_TIMEOUT: String(settings.integer("CORNICE_BUILD_TIMEOUT", SHARED_SETTINGS.buildTimeoutS)),
    },
    access: accessVars(settings),
    hosts: hosts(settings),
    indexes: settings.boolean("CORNICE_INDEX", true),
    logLevel: parseLogLevel(settings),
    logFormat: parseLogFormat(settings),
  };
  const ports = [config.port, config.originPort, config.storesPort];
  if (new Set(ports).size < ports.length) {
    settings.problems.push("CORNICE_PORT, CORNICE_ORIGIN_PORT and CORNICE_STORES_PORT must differ");
  }
  return config;
}

/** Undefined if the source is the starter set, or if the settings are wrong. */
export function parseOptionalSource(settings: Settings): PackageSource | undefined {
  const anySource = SOURCE_SETTINGS.some((name) => settings.optional(name) !== undefined);
  return anySource ? parsePackageSource(settings) : undefined;
}

/** This machine's own architecture, unless the setting names others. */
export function platforms(settings: Settings): readonly Architecture[] {
  const name = "CORNICE_PLATFORMS";
  return parsePlatforms(name, settings.optional(name) ?? hostArchitecture(), settings.problems);
}

function storesPort(settings: Settings): number | undefined {
  const name = "CORNICE_STORES_PORT";
  if (settings.optional(name) === undefined) return undefined;
  return settings.integer(name, { fallback: 0, min: 1, max: MAX_PORT });
}

function hosts(settings: Settings): string {
  const names = (settings.optional("CORNICE_HOSTS") ?? "").split(/\s+/).filter((name) => name !== "");
  for (const name of names) {
    if (URL.parse(`http://${name}/`)?.hostname === name) continue;
    settings.problems.push(
      `CORNICE_HOSTS has ${JSON.stringify(name)}; it must be host names in lower case, without ports`,
    );
  }
  return names.join(" ");
}

/** Checks them now. The Worker would find the same problems, but only at the first request. */
function accessVars(settings: Settings): AccessVars {
  const names = ["AUTH", "USERS", "PUBLIC", "CATALOG"] as const;
  const vars: AccessVars = Object.fromEntries(
    names.flatMap((name) => {
      const value = settings.optional(`CORNICE_${name}`);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const problems: string[] = [];
  parseAccess(vars, "", problems);
  settings.problems.push(...problems.map(withPrefix));
  return vars;
}

/** The Worker's names in a problem, as this machine's settings. Quoted values stay. */
function withPrefix(problem: string): string {
  return problem.replaceAll(/"(?:[^"\\]|\\.)*"|\b(?:AUTH|USERS|PUBLIC|CATALOG)\b/g, (found) =>
    found.startsWith('"') ? found : `CORNICE_${found}`,
  );
}
