import { type NixVersion, parseNixVersion } from "../origin/isolation/nix-version.ts";
import { neededNix } from "../origin/nix/needed-nix.ts";
import type { PackageSource } from "../origin/sources/package-source.ts";

/** nixpkgs asks for this version since the release 25.11. */
const NIXPKGS_NEED = "2.18";
const FIRST_RELEASE = 25.11;
/** `nixos-25.11`, `nixpkgs-25.11-darwin`, `nixos-unstable-small` */
const CHANNEL = /^nix(?:os|pkgs)-(?:(\d\d\.\d\d)|unstable)(?:-|$)/;

/**
 * The Nix that a source needs, as far as this machine can know it before anything is fetched. The origin looks at each
 * revision that it fetches.
 */
export async function sourceNeed(source: PackageSource): Promise<NixVersion | undefined> {
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
