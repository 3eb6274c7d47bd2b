import type { ImageContents } from "../../protocol/image-contents.ts";

/** The requested package that brings a store path. `SHARED` if several packages bring it, or no known one. */
export type Owner = string | typeof SHARED;

/** Several packages need the path. */
export const SHARED: unique symbol = Symbol("shared");

/**
 * For each store path, the only package that needs it, or `SHARED`.
 *
 *     git ──> curl ──> openssl <── python3       git: git, curl    python3: python3    shared: openssl
 */
export function pathOwners(contents: ImageContents): readonly Owner[] {
  const owners: (Owner | undefined)[] = contents.paths.map(() => undefined);
  for (const { attribute, paths } of contents.packages) {
    for (const path of closureOf(contents, paths)) {
      const known = owners[path];
      owners[path] = known === undefined || known === attribute ? attribute : SHARED;
    }
  }
  return owners.map((owner) => owner ?? SHARED);
}

/** The roots and all paths that they need, each once, the nearest first. */
export function closureOf(contents: ImageContents, roots: readonly number[]): ReadonlySet<number> {
  const seen = new Set(roots);
  // The loop also reaches the paths that it adds to the set.
  for (const path of seen) {
    for (const reference of contents.paths[path]?.references ?? []) seen.add(reference);
  }
  return seen;
}

/** Bytes by owner, the largest first. Shared bytes come last. */
export function bytesByOwner(contents: ImageContents, owners: readonly Owner[]): readonly (readonly [Owner, number])[] {
  const sums = new Map<Owner, number>(contents.packages.map(({ attribute }) => [attribute, 0]));
  for (const [path, owner] of owners.entries()) {
    sums.set(owner, (sums.get(owner) ?? 0) + (contents.paths[path]?.narSize ?? 0));
  }
  const weight = ([owner, bytes]: readonly [Owner, number]) => (owner === SHARED ? -1 : bytes);
  return [...sums].toSorted((one, other) => weight(other) - weight(one));
}
