import type { StorePath } from "../../image/closure/store-path.ts";
import type { DebianPackage } from "../../image/facts/debian-package.ts";
import type { KnownFacts } from "../../image/facts/image-facts.ts";
import type { DebianPaths } from "../starter/debian-paths.ts";
import { debianPackages } from "./debian-packages.ts";
import type { DescribedPath } from "./described-path.ts";

/** What is known of each store path, whatever image it is in. Paths of which nothing is known are left out. */
export function knownFacts(
  closure: readonly StorePath[],
  described: readonly DescribedPath[],
  debian: DebianPaths | undefined,
): ReadonlyMap<string, KnownFacts> {
  const known = new Map(described.map((each) => [each.path, each]));
  return new Map(
    closure.flatMap((path) => {
      const { narHash, metadata: told } = known.get(path.path) ?? {};
      const metadata = joinMetadata(told, debianPackages(path, debian));
      if (narHash === undefined && !metadata) return [];
      return [[path.path, { ...(narHash !== undefined && { narHash }), ...(metadata && { metadata }) }]];
    }),
  );
}

function joinMetadata(metadata: KnownFacts["metadata"], debian: readonly DebianPackage[]): KnownFacts["metadata"] {
  return debian.length === 0 ? metadata : { licenses: [], ...metadata, debian };
}
