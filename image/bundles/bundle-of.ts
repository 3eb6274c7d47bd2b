import { reachedBy } from "../layers/package-parts.ts";
import type { Bundle } from "./bundle.ts";
import type { BundledRoots } from "./bundle-hash.ts";

/**
 * Whether a bundle is that of a package with these outputs: it has the store paths that they reach, and no other. A damaged
 * bucket may have the bundle of another package under the key.
 */
export function isBundleOf({ closure }: Pick<Bundle, "closure">, roots: BundledRoots): boolean {
  const reached = reachedBy(roots, new Map(closure.map(({ path, references }) => [path, references])));
  return reached.size === closure.length && closure.every(({ path }) => reached.has(path));
}
