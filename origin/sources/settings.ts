import { SHARED_SETTINGS } from "../../protocol/shared-settings.ts";
import type { Settings } from "../system/settings.ts";
import { type AllowedRefs, parseAllowedRefs } from "./allowed-refs.ts";
import type { SourceUrls } from "./channel-source.ts";
import { type PackageSource, parsePackageSource } from "./package-source.ts";

/** Where packages come from, and how the origin gets them. */
export interface SourceSettings {
  readonly source: PackageSource;
  readonly sourceUrls: SourceUrls;
  readonly sourceAccess: SourceAccess;
}

/** How package sources are reached, beside which one it is. */
export interface SourceAccess {
  readonly allowedRefs: AllowedRefs;
  /** A moving ref is looked up again after so many milliseconds. */
  readonly refTtlMs: number;
  /** Clones of git repositories. */
  readonly directory: string;
  /** For repositories over HTTP. */
  readonly gitToken: string | undefined;
  /** Whether a path source, whose code only the operator chooses, is evaluated restricted as others are. */
  readonly restrictsPath: boolean;
}

/** All of them. Where the package source is undefined, its problem was reported. */
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
    gitToken: parseToken(settings),
    restrictsPath: settings.boolean("CORNICE_NIX_RESTRICT", true),
  };
}

/** In seconds. Also for whoever tells the Worker when to ask. */
export function parseRefTtl(settings: Settings): number {
  return settings.integer("CORNICE_REF_TTL", SHARED_SETTINGS.tagFreshnessS);
}

function parseToken(settings: Settings): string | undefined {
  const token = settings.optional("CORNICE_GIT_TOKEN");
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    settings.problems.push("CORNICE_GIT_TOKEN must be printable characters without spaces");
  return token;
}
