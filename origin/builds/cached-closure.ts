import type { ImageClosure, PackageRoot } from "../../image/closure/image-closure.ts";
import type { FoundImage, FoundPackage } from "../../image/names/found-package.ts";
import { type StorePath, storePathName } from "../../image/closure/store-path.ts";
import { CacheError } from "../caches/cache-error.ts";
import type { Closures } from "../closures/closures.ts";
import type { KnownPath } from "../closures/known-path.ts";
import { walkClosure } from "../closures/walk-closure.ts";
import type { NameIndex } from "../index/indexed-names.ts";
import { CacheOutage } from "../nix/cache-outage.ts";
import { listed } from "../nix/listed.ts";
import type { RealisedImage } from "../nix/prepare-image.ts";
import { createArchiveProgress } from "../paths/archive-progress.ts";
import { cachedPaths, type CachedSources, type LocalPaths } from "../paths/cached-paths.ts";
import type { PathSource } from "../paths/path-source.ts";
import type { HoldFolder } from "../system/spool.ts";
import type { DescribedPath } from "../trust/described-path.ts";
import type { BuildRun } from "./build-run.ts";
import type { ResolvedRequest } from "./request-closure.ts";

/** What the origin needs to make images without Nix. */
export interface CachedContext extends CachedSources {
  readonly names: NameIndex;
  readonly closures: Closures;
  /** The tree of a path in this machine's store. Its record is written, too. Undefined if the tree is too large. */
  readonly localTree: LocalPaths["tree"];
}

/** A closure, and where the files of its paths come from. */
export interface SourcedClosure {
  readonly closure: FoundImage;
  readonly paths: PathSource;
  /** What is known of the paths. */
  readonly described: readonly DescribedPath[];
  /** Keeps Nix's garbage collector away from the closure. Undefined if the paths come from binary caches alone. */
  readonly hold?: HoldFolder | undefined;
}

/** Why an image cannot be made without Nix: the end of a sentence for people. */
export interface NeedsNix {
  readonly needsNix: string;
}

/**
 * The closure of a request from the index of names and binary caches, without Nix. Throws `NameError` for names that the
 * source refuses, and `CacheOutage`.
 */
export async function cachedClosure(
  context: CachedContext,
  { request, revision }: Pick<ResolvedRequest, "request" | "revision">,
  run: BuildRun,
): Promise<SourcedClosure | NeedsNix> {
  run.onEvent({ event: "phase", phase: "evaluate" });
  const packages = await context.names.find(request, revision);
  if (!packages) return { needsNix: "its list of packages does not have all these names" };
  run.onEvent({ event: "phase", phase: "realise" });
  const roots = rootsOf(packages);
  const closures = await findClosures(context, roots, run.signal);
  const missing = roots.filter((root) => !closures.has(root));
  if (missing.length > 0)
    return { needsNix: `no binary cache has ${listed(missing.map(storePathName))} with all that it needs` };
  return withSource(context, packages, unionOf(closures.values()), NOTHING_LOCAL, run);
}

const NOTHING_LOCAL: LocalPaths = { has: () => false, tree: async () => undefined };

/** Joins paths that Nix has put into this machine's store with paths of binary caches. */
export function joinedClosure(
  context: CachedContext,
  realised: RealisedImage,
  cached: ReadonlyMap<string, readonly KnownPath[]>,
  run: BuildRun,
): SourcedClosure {
  const here = realised.closure.map(unsigned);
  const names = new Set(here.map(({ path }) => path));
  const local = { has: (path: string) => names.has(path), tree: context.localTree };
  const sourced = withSource(context, realised.packages, unionOf([...cached.values(), here]), local, run);
  const described = [...sourced.described.filter(({ path }) => !names.has(path)), ...realised.closure];
  return { ...sourced, described, closure: { ...realised, closure: sourced.closure.closure } };
}

/** Writes down the closures of packages that Nix has realised. A later image of them needs Nix only if a layer is lost. */
export async function noteClosures(
  { closures }: Pick<CachedContext, "closures">,
  realised: ImageClosure,
  cached: ReadonlyMap<string, readonly KnownPath[]>,
): Promise<void> {
  const here = new Map(realised.closure.map((path) => [path.path, unsigned(path)]));
  const roots = rootsOf(realised.packages).filter((root) => !cached.has(root));
  await Promise.all(
    roots.map(async (root) => {
      const closure = walkClosure(root, here);
      if (closure) await closures.note(root, closure);
    }),
  );
}

/** No cache vouches for it. */
function unsigned(path: StorePath): KnownPath {
  return { ...path, narHash: undefined };
}

function withSource(
  context: CachedContext,
  packages: readonly FoundPackage[],
  paths: readonly KnownPath[],
  local: LocalPaths,
  { onEvent, signal }: BuildRun,
): SourcedClosure {
  const progress = createArchiveProgress(onEvent, Date.now);
  return {
    closure: { packages, closure: paths },
    described: paths,
    paths: cachedPaths({ ...context, paths, local, progress, signal }),
  };
}

/** Throws `CacheOutage` if a cache fails, and no other one has the paths. */
export async function findClosures(
  { closures }: Pick<CachedContext, "closures">,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly KnownPath[]>> {
  try {
    return await closures.find(roots, signal);
  } catch (error) {
    if (error instanceof CacheError) throw new CacheOutage(error.message, error);
    throw error;
  }
}

export function rootsOf(packages: readonly PackageRoot[]): string[] {
  return [...new Set(packages.map(({ path }) => path))];
}

function unionOf(closures: Iterable<readonly KnownPath[]>): readonly KnownPath[] {
  const paths = new Map<string, KnownPath>();
  for (const closure of closures) for (const path of closure) paths.set(path.path, path);
  return [...paths.values()];
}
