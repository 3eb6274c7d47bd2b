import { parseDownloadSilence } from "../nix/cache-settings.ts";
import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import type { Settings } from "../system/settings.ts";
import { type AllowedRefs, parseAllowedRefs } from "./allowed-refs.ts";
import type { SourceUrls } from "./channel-source.ts";
import { type PackageSource, parsePackageSource } from "./package-source.ts";
import { parseSetNixpkgs, type SetNixpkgs } from "./set-nixpkgs.ts";

const MIB = 1_048_576;
/** Some twenty revisions of nixpkgs. */
const DEFAULT_SOURCES_MIB = 8192;

/** The package source, and how the origin reads it. */
export interface SourceSettings {
  readonly source: PackageSource;
  readonly sourceUrls: SourceUrls;
  readonly sourceAccess: SourceAccess;
}

/** How the origin reads a package source of any kind. */
export interface SourceAccess {
  readonly allowedRefs: AllowedRefs;
  /** The origin looks up a branch, tag or channel again after this time. */
  readonly refTtlMs: number;
  /** The folder for clones of git repositories. */
  readonly directory: string;
  /** The most bytes of fetched revisions that the origin keeps. */
  readonly maxBytes: number;
  /** A server that sends nothing for this time counts as down. */
  readonly silenceMs: number;
  /** The token for repositories over HTTP. */
  readonly gitToken: string | undefined;
  /** The nixpkgs that a package set gets. */
  readonly nixpkgs: SetNixpkgs | undefined;
  /** Whether the evaluation of a path source is restricted, too. Only the operator chooses the code of a path. */
  readonly restrictsPath: boolean;
}

/** Reads all settings of this room. If the package source is undefined, its problem is reported already. */
export function parseSources(
  settings: Settings,
): Omit<SourceSettings, "source"> & { readonly source: PackageSource | undefined } {
  return {
    source: parsePackageSource(settings),
    sourceUrls: {
      channels: settings.optionalUrl("CORNICE_CHANNELS_URL", "https://channels.nixos.org"),
      nixpkgs: settings.optionalUrl("CORNICE_NIXPKGS_URL", "https://github.com/NixOS/nixpkgs"),
    },
    sourceAccess: parseSourceAccess(settings),
  };
}

export function parseSourceAccess(settings: Settings): SourceAccess {
  return {
    allowedRefs: parseAllowedRefs(settings),
    refTtlMs: parseRefTtl(settings) * 1000,
    directory: settings.optional("CORNICE_SOURCES_DIR") ?? "/var/tmp/cornice-sources",
    maxBytes: MIB * settings.mebibytes("CORNICE_SOURCES_MIB", { fallback: DEFAULT_SOURCES_MIB, min: 1 }),
    silenceMs: 1000 * parseDownloadSilence(settings),
    gitToken: parseToken(settings),
    nixpkgs: parseSetNixpkgs(settings),
    restrictsPath: settings.boolean("CORNICE_NIX_RESTRICT", true),
  };
}

/** In seconds. `npm start` also reads it, and gives it to the Worker. */
export function parseRefTtl(settings: Settings): number {
  return settings.integer("CORNICE_REF_TTL", SHARED_SETTINGS.tagFreshnessS);
}

function parseToken(settings: Settings): string | undefined {
  const token = settings.optional("CORNICE_GIT_TOKEN");
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    settings.problems.push("CORNICE_GIT_TOKEN must be printable characters without spaces");
  return token;
}
