import type { NixSettings } from "../config.ts";
import type { ResolvedSource } from "../sources/revision.ts";

/** A source, and how it is evaluated, as options of our Nix programs: `nix/evaluation.sh`. */
export function sourceArguments(source: ResolvedSource, system: string, nix: NixSettings): string[] {
  const args = ["--system", system, "--kind", source.kind, "--location", source.location];
  if (source.directory !== undefined) args.push("--flake-dir", source.directory);
  if (source.restricted === false) args.push("--restrict", "false");
  if (nix.allowedUris) args.push("--allowed-uris", nix.allowedUris);
  if (nix.allowIfd) args.push("--allow-ifd", "true");
  if (nix.nixpkgsConfig !== undefined) args.push("--config", nix.nixpkgsConfig);
  args.push("--sandbox", String(nix.sandbox));
  if (nix.substituters !== undefined) args.push("--substituters", nix.substituters);
  return args;
}
