import { isAbsolute } from "node:path";
import { redactUrls } from "../system/redact.ts";
import type { Settings } from "../system/settings.ts";
import { describeFlake, FLAKE_FORMS, type FlakeSource, parseFlakeReference } from "./flake-reference.ts";
import { CHANNEL } from "./channel-name.ts";
import { isGitUrl } from "./git-url.ts";

/** The package set in which Cornice finds packages. */
export type PackageSource = ChannelSource | GitSource | FlakeSource | PathSource;

export interface ChannelSource {
  readonly kind: "channel";
  /** A nixpkgs channel such as `nixos-25.11`, or a nixpkgs commit. */
  readonly channel: string;
}

export interface GitSource {
  readonly kind: "git";
  /** The URL can contain the operator's credentials. */
  readonly url: string;
}

export interface PathSource {
  readonly kind: "path";
  readonly path: string;
  /** A name to use instead of the path, for origins with different paths. */
  readonly name: string | undefined;
  /** The operator's name for the state of the files. */
  readonly revision: string | undefined;
}

const GIT_URL = /^(?:https?|ssh|git|file):\/\/\S+$/;
/** An SSH address without a scheme: `git@example.org:pkgs.git`. */
const SSH_ADDRESS = /^[\w.-]+@[\w.-]+:\S+$/;

export const SOURCE_SETTINGS = ["CORNICE_CHANNEL", "CORNICE_PKGS_REPO", "CORNICE_FLAKE", "CORNICE_PKGS_PATH"] as const;

/** Exactly one of the four settings must be set. Returns undefined after it has reported a problem. */
export function parsePackageSource(settings: Settings): PackageSource | undefined {
  const [first, second] = SOURCE_SETTINGS.filter((name) => settings.optional(name) !== undefined);
  if (first === undefined || second !== undefined) {
    const count = first === undefined ? "none is" : "more than one is";
    settings.problems.push(
      `set exactly one package source (${count} set): CORNICE_CHANNEL (a nixpkgs channel or commit), ` +
        "CORNICE_PKGS_REPO (a git repository), CORNICE_FLAKE (a flake) or CORNICE_PKGS_PATH (a folder or file)",
    );
    return undefined;
  }
  const value = settings.optional(first) ?? "";
  const source = parsers[first](value, settings);
  if (typeof source === "object") return source;
  settings.problems.push(`${first} is ${JSON.stringify(redactUrls(value))}; ${source}`);
  return undefined;
}

/** Each parser returns the source, or a text that says what the value must be. */
const parsers: Record<(typeof SOURCE_SETTINGS)[number], (value: string, settings: Settings) => PackageSource | string> =
  {
    CORNICE_CHANNEL: (channel) =>
      CHANNEL.test(channel)
        ? { kind: "channel", channel }
        : "it must be a channel such as nixos-25.11, or a 40-digit commit",
    CORNICE_PKGS_REPO: (url) => (isRepository(url) ? { kind: "git", url } : "it must be the URL of a git repository"),
    CORNICE_FLAKE: (reference) => parseFlakeReference(reference) ?? FLAKE_FORMS,
    CORNICE_PKGS_PATH: (path, settings) =>
      isAbsolute(path)
        ? {
            kind: "path",
            path,
            name: settings.optional("CORNICE_SOURCE_NAME"),
            revision: settings.optional("CORNICE_SOURCE_REVISION"),
          }
        : "it must be an absolute path",
  };

function isRepository(text: string): boolean {
  return SSH_ADDRESS.test(text) || (GIT_URL.test(text) && isGitUrl(text));
}

/**
 * Describes the source in one line, without credentials. The Worker's PACKAGE_SOURCE must be equal to it: the same tag
 * of two sources means different images.
 */
export function describeSource(source: PackageSource): string {
  switch (source.kind) {
    case "channel":
      return `channel:${source.channel}`;
    case "git":
      return `git:${withoutCredentials(source.url)}`;
    case "flake":
      return describeFlake(source, withoutCredentials);
    case "path":
      return source.name ?? `path:${source.path}`;
  }
}

export function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}
