import { type Config, parseConfig } from "../../origin/service/config.ts";
import { type KvSettings, parseKv, parseR2, type R2Settings } from "../../origin/stores/settings.ts";
import { KNOWN_SETTINGS, misspeltSettings } from "../../origin/system/known-settings.ts";
import { ConfigError, type Environment, Settings } from "../../origin/system/settings.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** The settings that could be read, and what is wrong with the others. */
export interface CheckedSettings {
  /** Undefined if one of the origin's settings is wrong. */
  readonly config: Config | undefined;
  /** Undefined if one of these settings is wrong. */
  readonly r2: R2Settings | undefined;
  readonly kv: KvSettings | undefined;
  readonly findings: readonly Finding[];
}

const CHECK = "settings";
const PREFIX = "CORNICE_";

/** Reads the origin's settings. So a wrong one does not keep the parts from being checked that do not need it. */
export function checkSettings(env: Environment, cpus: number): CheckedSettings {
  const { config, problems } = parseAll(env, cpus);
  const found = problems.map((text) => problem(CHECK, text, "change it where the origin gets its environment"));
  return {
    config,
    r2: readPart(env, parseR2),
    kv: readPart(env, parseKv),
    findings: [...(config ? [ok(CHECK, "the origin can read all its settings")] : found), ...unknownSettings(env)],
  };
}

function parseAll(env: Environment, cpus: number): { config?: Config; problems: readonly string[] } {
  try {
    return { config: parseConfig(env, cpus), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  }
}

/** Undefined if one of the settings that `parse` reads is wrong. */
function readPart<T>(env: Environment, parse: (settings: Settings) => T): T | undefined {
  const settings = new Settings(env);
  const before = settings.problems.length;
  const part = parse(settings);
  return settings.problems.length === before ? part : undefined;
}

/** Variables that look like settings and are none. Those that are nearly settings are problems already. */
function unknownSettings(env: Environment): readonly Finding[] {
  const names = Object.keys(env).filter((name) => name.startsWith(PREFIX));
  const unknown = names.filter((name) => !KNOWN_SETTINGS.includes(name.slice(PREFIX.length)));
  return unknown
    .filter((name) => misspeltSettings([name]).length === 0)
    .map((name) => warning(CHECK, `${name} is no setting of this release`, "remove it, or see docs/settings.md"));
}
