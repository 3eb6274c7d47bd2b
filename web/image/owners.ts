import type { ImageContents } from "../../protocol/image-contents.ts";

/** Which of the requested packages bring a store path: one, several, or none that is known. */
export type Owner = string | typeof SHARED;

/** Several packages need it. */
export const SHARED: unique symbol = Symbol("shared");

/**
 * For each store path, the package without which it would not be there.
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

/** The paths and all that they need, each once. */
export function closureOf(contents: ImageContents, roots: readonly number[]): ReadonlySet<number> {
  const seen = new Set(roots);
  // A set's iteration goes on with what is added meanwhile.
  for (const path of seen) {
    for (const reference of contents.paths[path]?.references ?? []) seen.add(reference);
  }
  return seen;
}

/** Bytes by owner, the largest first, what several packages need last. */
export function bytesByOwner(contents: ImageContents, owners: readonly Owner[]): readonly (readonly [Owner, number])[] {
  const sums = new Map<Owner, number>(contents.packages.map(({ attribute }) => [attribute, 0]));
  for (const [path, owner] of owners.entries()) {
    sums.set(owner, (sums.get(owner) ?? 0) + (contents.paths[path]?.narSize ?? 0));
  }
  const weight = ([owner, bytes]: readonly [Owner, number]) => (owner === SHARED ? -1 : bytes);
  return [...sums].toSorted((one, other) => weight(other) - weight(one));
}
