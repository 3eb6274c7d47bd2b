import { ALWAYS_PACKAGES } from "./always-packages.ts";
import { createEntryReader, findEntry, type ReadMembers } from "./entry-reader.ts";
import type { FoundPackage } from "./found-package.ts";
import type { IndexEntry } from "./index-entry.ts";
import { MAX_SMALL_BYTES, unpackSmall } from "./index-format.ts";
import { packageRoots } from "./package-roots.ts";

/** Reads an object from a store. Undefined if it is missing or has more bytes. */
export type ReadObject = (key: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/**
 * The packages that names lead to, in the order of an evaluation, with the packages that every image gets. `indexPrefix`
 * is that of the index for the platform. Undefined if the origin must tell: a name is unknown, refused, or not evaluated
 * yet. Throws the errors of `readObject`.
 */
export async function findPackages(
  readObject: ReadObject,
  indexPrefix: string,
  packages: readonly string[],
): Promise<readonly FoundPackage[] | undefined> {
  const readOwn = readMembers(readObject);
  const reader = createEntryReader({ readShared: readingOnce(readOwn), readOwn });
  const place = { prefix: indexPrefix, digits: await reader.digits(indexPrefix) };
  const rootsOf = async (name: string, requested: boolean) =>
    rootsOfEntry(name, await findEntry(reader, place, name), requested);
  const others = ALWAYS_PACKAGES.filter((name) => !packages.includes(name));
  const roots = await Promise.all([
    ...packages.map((name) => rootsOf(name, true)),
    ...others.map((name) => rootsOf(name, false)),
  ]);
  return roots.every((found) => found !== undefined) ? roots.flat() : undefined;
}

/** Undefined if the origin must tell. A package that every image gets may be missing. */
function rootsOfEntry(name: string, entry: IndexEntry | undefined, requested: boolean): FoundPackage[] | undefined {
  if (entry?.kind === "package") return packageRoots(name, entry, requested);
  const isAbsent = entry === undefined || entry.kind === "absent";
  return isAbsent && !requested ? [] : undefined;
}

function readMembers(readObject: ReadObject): ReadMembers {
  return async (key) => {
    const bytes = await readObject(key, MAX_SMALL_BYTES);
    return bytes && (await unpackSmall(bytes))?.members;
  };
}

/** Several names of one request may ask for an object at the same time. */
function readingOnce(read: ReadMembers): ReadMembers {
  const reads = new Map<string, ReturnType<ReadMembers>>();
  return (key) => {
    const known = reads.get(key) ?? read(key);
    reads.set(key, known);
    return known;
  };
}
