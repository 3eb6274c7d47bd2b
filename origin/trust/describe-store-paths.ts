import type { ImageContents } from "../../protocol/image-contents.ts";
import type { Closures } from "../closures/closures.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { startStoreSession } from "../nix/store-session.ts";
import { debug } from "../system/debug.ts";
import type { DescribedPath } from "./described-path.ts";

interface Knowledge {
  /** Undefined if this machine has no Nix. */
  readonly isolation: Isolation | undefined;
  /** Undefined if there are no binary caches. */
  readonly closures: Pick<Closures, "known"> | undefined;
}

/** What this machine knows of the store paths of an image that was made before. Paths of which it knows nothing are left out. */
export async function describeStorePaths(
  { isolation, closures }: Knowledge,
  contents: ImageContents,
  signal: AbortSignal,
): Promise<readonly DescribedPath[]> {
  const paths = contents.paths.map(({ path }) => path);
  const stored = isolation ? await describeStored(isolation, paths, signal) : [];
  if (!closures || stored.length === paths.length) return stored;
  const known = new Map<string, DescribedPath>();
  for (const path of await closures.known(topPaths(contents))) known.set(path.path, path);
  for (const path of stored) known.set(path.path, path);
  return [...known.values()];
}

async function describeStored(
  isolation: Isolation,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly DescribedPath[]> {
  try {
    using session = await startStoreSession(isolation, signal);
    return await session.describe(paths);
  } catch (error) {
    signal.throwIfAborted();
    debug(() => `Nix does not describe store paths: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/** The paths that no other path needs. Every path of the image is in the closure of one of them. */
function topPaths({ paths }: ImageContents): string[] {
  const needed = new Set(paths.flatMap(({ references }) => references));
  return paths.flatMap(({ path }, place) => (needed.has(place) ? [] : [path]));
}
