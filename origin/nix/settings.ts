import type { Settings } from "../system/settings.ts";
import { parseNixBin } from "../isolation/programs.ts";
import type { CacheSettings } from "../isolation/nix-settings.ts";
import { parseCaches } from "./cache-settings.ts";
import { parseNixpkgsConfig } from "./nixpkgs-config.ts";

/** Permissions of an evaluation, and nixpkgs' configuration. */
export interface EvaluationSettings {
  /** Prefixes of URLs that an evaluation may fetch, separated by spaces. If undefined, it may fetch nothing. */
  readonly allowedUris?: string | undefined;
  /** Whether an evaluation may build something (import from derivation). */
  readonly allowIfd?: boolean;
  /** Tokens for the inputs of a flake, as Nix's setting `access-tokens`. No evaluation gets them. */
  readonly accessTokens?: string | undefined;
  /** nixpkgs' configuration as JSON; undefined for its defaults. */
  readonly nixpkgsConfig?: string | undefined;
}

export interface NixSettings extends EvaluationSettings, CacheSettings {
  /** Time limit for evaluating and building one image. */
  readonly timeoutS: number;
  /** The folder of Nix's programs, or one of them. Undefined means the first Nix on PATH. */
  readonly nixBin: string | undefined;
  readonly sandbox: boolean;
  /** Whether Nix may build what no binary cache has. */
  readonly mayBuild: boolean;
  readonly maxJobs: number | undefined;
  /** MiB that one evaluation may take. */
  readonly evaluationMib: number;
  /** MiB that one process of a build may write to. */
  readonly buildMib: number;
}

/** `HOST=TOKEN` or `HOST=TYPE:TOKEN`, separated by spaces. A line end would begin another setting of Nix. */
const ACCESS_TOKENS = /^[\w.:/-]+=[\x21-\x7e]+(?: +[\w.:/-]+=[\x21-\x7e]+)*$/;

/** The garbage collector of Nix's evaluator reserves this much memory at its start. */
export const MIN_NIX_MIB = 512;

export function parseNix(settings: Settings): NixSettings {
  const maxJobs = settings.integer("CORNICE_NIX_MAX_JOBS", { fallback: 0, min: 1, max: 256 });
  return {
    timeoutS: settings.integer("NIX_TIMEOUT", { fallback: 60, min: 1, max: 86_400 }),
    nixBin: parseNixBin(settings),
    sandbox: settings.boolean("CORNICE_NIX_SANDBOX", true),
    mayBuild: settings.boolean("CORNICE_BUILD", true),
    ...parseCaches(settings),
    maxJobs: maxJobs === 0 ? undefined : maxJobs,
    allowedUris: settings.optional("CORNICE_NIX_ALLOWED_URIS"),
    allowIfd: settings.boolean("CORNICE_NIX_ALLOW_IFD", false),
    accessTokens: parseAccessTokens(settings),
    nixpkgsConfig: parseNixpkgsConfig(settings),
    evaluationMib: settings.mebibytes("CORNICE_NIX_MEMORY", { fallback: 4096, min: MIN_NIX_MIB }),
    buildMib: settings.mebibytes("CORNICE_NIX_BUILD_MEMORY", { fallback: 8192, min: MIN_NIX_MIB }),
  };
}

function parseAccessTokens(settings: Settings): string | undefined {
  const tokens = settings.optional("CORNICE_NIX_ACCESS_TOKENS");
  if (tokens !== undefined && !ACCESS_TOKENS.test(tokens))
    settings.problems.push(
      "CORNICE_NIX_ACCESS_TOKENS must be HOST=TOKEN, such as github.com=ghp_…, separated by spaces",
    );
  return tokens;
}
