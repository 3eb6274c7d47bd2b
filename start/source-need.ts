import { newestOf, type NixVersion, parseNixVersion } from "../origin/isolation/nix-version.ts";
import { neededNix } from "../origin/nix/needed-nix.ts";
import type { PackageSource } from "../origin/sources/package-source.ts";
import type { SetNixpkgs } from "../origin/sources/set-nixpkgs.ts";

/** nixpkgs asks for this version since the release 25.11. */
const NIXPKGS_NEED = "2.18";
const FIRST_RELEASE = 25.11;
/** `nixos-25.11`, `nixpkgs-25.11-darwin`, `nixos-unstable-small` */
const CHANNEL = /^nix(?:os|pkgs)-(?:(\d\d\.\d\d)|unstable)(?:-|$)/;

/**
 * The Nix that a source and the nixpkgs of a package set need, as far as this machine can know it before anything is
 * fetched. The origin looks at each revision that it fetches.
 */
export async function sourceNeed(source: PackageSource, nixpkgs?: SetNixpkgs): Promise<NixVersion | undefined> {
  const isSet = source.kind === "path" || source.kind === "git";
  const needs = await Promise.all([source, ...(isSet && nixpkgs ? [nixpkgs] : [])].map(needOf));
  return newestOf(needs.filter((need) => need !== undefined));
}

async function needOf(source: PackageSource | SetNixpkgs): Promise<NixVersion | undefined> {
  if (source.kind === "path") return neededNix({ location: source.path });
  if (source.kind === "channel") return parseNixVersion(channelNeed(source.channel));
  if (source.kind !== "flake" || source.location.kind !== "path") return undefined;
  const { directory } = source;
  return neededNix({ location: source.location.path, ...(directory === undefined ? {} : { directory }) });
}

/** Empty for an old release, a commit, or a channel with another name. */
function channelNeed(channel: string): string {
  const found = CHANNEL.exec(channel);
  if (!found) return "";
  const [, release] = found;
  return release === undefined || Number(release) >= FIRST_RELEASE ? NIXPKGS_NEED : "";
}
