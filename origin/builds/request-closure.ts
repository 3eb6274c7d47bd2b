import { readdir, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PackageRoot } from "../../image/closure/image-closure.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { KnownPath } from "../closures/known-path.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CacheOutage } from "../nix/cache-outage.ts";
import { NameError } from "../nix/package-problems.ts";
import type { Evaluation } from "../nix/prepare-image-output.ts";
import type { NixNeed } from "../nix/nix-need.ts";
import { type CacheListener, prepareImage, type RealisedImage } from "../nix/prepare-image.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";
import type { NixSettings } from "../nix/settings.ts";
import { MissingArchive } from "../paths/archives.ts";
import { localPaths, type PathSource } from "../paths/path-source.ts";
import type { RootReader } from "../root/root-reader.ts";
import type { Revision } from "../sources/revision.ts";
import { isThere } from "../system/path-exists.ts";
import { withSpoolFolder } from "../system/spool.ts";
import type { BuildRun } from "./build-run.ts";
import type { BuildSlots } from "./build-slots.ts";
import {
  type CachedContext,
  cachedClosure,
  findClosures,
  joinedClosure,
  noteClosures,
  type NeedsNix,
  rootsOf,
  type SourcedClosure,
} from "./cached-closure.ts";
import { checkImageSize } from "./image-size.ts";
import type { NameNotes } from "./name-notes.ts";
import { type Refusals, RevisionRefusal } from "./refusals.ts";
import type { BuildSettings } from "./settings.ts";

export interface ClosureContext {
  readonly config: Pick<BuildSettings, "maxImageBytes"> & {
    readonly nix: NixSettings;
    readonly spoolDirectory: string;
  };
  readonly isolation: Isolation;
  readonly refusals: Refusals;
  readonly nixNeed: Pick<NixNeed, "note">;
  readonly slots: BuildSlots;
  readonly cacheListener?: CacheListener | undefined;
  readonly rootReader: RootReader;
  /** `localTrees` of the root reader. */
  readonly localTree: PathSource["tree"];
  /** Undefined if Nix makes all images. */
  readonly cached?: CachedContext | undefined;
  /** Whether this machine has no Nix, so that only binary caches can give store paths. */
  readonly isWithoutNix?: boolean;
  /** Keeps the closure of these store paths on this machine after the build. Never rejects. Undefined if all stay. */
  readonly keepClosure?: ((roots: readonly string[]) => Promise<void>) | undefined;
}

/** A request, and the revision of its tag. */
export interface ResolvedRequest {
  readonly request: ImageRequest;
  readonly revision: Revision;
  /** The request hash. */
  readonly hash: string;
  /** The client that began the build. It decides the build's turn. */
  readonly client: string;
  /** Gets what the names lead to. */
  readonly names: NameNotes;
}

interface FetchedRequest extends ResolvedRequest {
  readonly source: ResolvedSource;
}

/**
 * The first step of a build: from the names of the request to their closure. If binary caches have everything, Nix does
 * not run. Otherwise the step fetches the revision, waits for the build's turn, evaluates the names and realises their
 * closure. `use` gets the closure. Nix's garbage collector leaves the closure alone until `use` has ended, and longer if
 * somebody holds it. If the request was refused in the last minutes, the step throws the same refusal without a turn.
 */
export async function withClosure<T>(
  context: ClosureContext,
  resolved: ResolvedRequest,
  run: BuildRun,
  use: (closure: SourcedClosure) => Promise<T>,
): Promise<T> {
  const known = context.refusals.find(resolved.hash);
  if (known) throw known;
  const cached = await findCached(context, resolved, run);
  if ("needsNix" in cached) return withRealised(context, resolved, run, cached, use);
  checkImageSize(cached.closure.closure, context.config.maxImageBytes);
  try {
    return await inTurn(context, resolved, run, () => use(cached));
  } catch (error) {
    if (!(error instanceof MissingArchive)) throw error;
    return withRealised(context, resolved, run, { needsNix: error.message }, use);
  }
}

const NO_CACHES: NeedsNix = { needsNix: "it has no binary caches of its own" };

async function findCached(
  { cached, refusals, isWithoutNix }: ClosureContext,
  resolved: ResolvedRequest,
  run: BuildRun,
): Promise<SourcedClosure | NeedsNix> {
  if (!cached) return NO_CACHES;
  if (resolved.request.image !== undefined) return { needsNix: "only Nix knows the images of a package set" };
  if (!resolved.revision.isExact) return { needsNix: "the revision of its package set is not fixed" };
  try {
    return await rememberingRefusals(refusals, resolved, () => cachedClosure(cached, resolved, run));
  } catch (error) {
    // Nix's store may have the paths. If not, Nix says what is wrong with the caches.
    if (isWithoutNix || !(error instanceof CacheOutage)) throw error;
    return { needsNix: error.message };
  }
}

/** A download costs little. So a build that waits for one takes no turn from others. */
async function withRealised<T>(
  context: ClosureContext,
  resolved: ResolvedRequest,
  run: BuildRun,
  { needsNix }: NeedsNix,
  use: (closure: SourcedClosure) => Promise<T>,
): Promise<T> {
  const { config, cached } = context;
  if (context.isWithoutNix)
    throw new OciError("MANIFEST_UNKNOWN", `this build service has no Nix and builds nothing: ${needsNix}`);
  const source = await resolved.revision.fetch(run.onEvent);
  return inTurn(context, resolved, run, () =>
    withSpoolFolder(config.spoolDirectory, async (folder, hold) => {
      const elsewhere = new Map<string, readonly KnownPath[]>();
      const gcRoot = join(folder, "closure");
      const realised = await realiseNames(context, { ...resolved, source }, run, { gcRoot, elsewhere });
      const sourced = cached
        ? joinedClosure(cached, realised, elsewhere, run)
        : {
            closure: realised,
            described: realised.closure,
            paths: localPaths(context.rootReader, context.localTree),
          };
      checkImageSize(sourced.closure.closure, config.maxImageBytes);
      // The link of the build must be there until the closure has another one.
      const kept = context.keepClosure?.(await linkedPaths(gcRoot));
      const result = await use({ ...sourced, hold });
      await kept;
      if (cached) await noteClosures(cached, realised, elsewhere);
      return result;
    }),
  );
}

/** The store paths of the links that Nix has made from `gcRoot` on. */
async function linkedPaths(gcRoot: string): Promise<string[]> {
  const folder = dirname(gcRoot);
  const links = (await readdir(folder)).filter((name) => join(folder, name).startsWith(gcRoot));
  return Promise.all(links.map((link) => readlink(join(folder, link))));
}

/**
 * Waits for the build's turn. Evaluation, building and packing cost the most, so only a few builds do them at a time.
 */
function inTurn<T>(
  { slots }: ClosureContext,
  { client }: ResolvedRequest,
  { onEvent, signal }: BuildRun,
  work: () => Promise<T>,
): Promise<T> {
  let hasWaited = false;
  const onWait = (place: number) => {
    if (!hasWaited) onEvent({ event: "phase", phase: "wait" });
    hasWaited = true;
    onEvent({ event: "log", line: `waiting for a turn, at place ${place}` });
  };
  return slots.run({ client, onWait, signal }, work);
}

interface Realising {
  readonly gcRoot: string;
  /** Gets the closures of packages that binary caches have. Nix leaves these packages out. */
  readonly elsewhere: Map<string, readonly KnownPath[]>;
}

async function realiseNames(
  context: ClosureContext,
  resolved: FetchedRequest,
  { onEvent, signal }: BuildRun,
  { gcRoot, elsewhere }: Realising,
): Promise<RealisedImage> {
  const { config, isolation, refusals, nixNeed, cacheListener, cached } = context;
  const { request, names, source } = resolved;
  const { packages, image, architecture } = request;
  const { nix } = config;
  const run = { nix, isolation, gcRoot, signal, onEvent, cacheListener };
  const onEvaluated = (evaluation: Evaluation) => names.add(evaluation);
  const withCaches = cached && {
    elsewhere: async (found: readonly PackageRoot[]) => {
      const roots = await missingHere(rootsOf(found));
      const closures = await findClosures(cached, roots, signal).catch(noneIfOutage);
      for (const [root, closure] of closures) elsewhere.set(root, closure);
      return new Set(closures.keys());
    },
  };
  return rememberingRefusals(refusals, resolved, async () => {
    try {
      const closure = await prepareImage({ packages, image, architecture, source, onEvaluated, ...run, ...withCaches });
      nixNeed.note(request.tag, undefined);
      return closure;
    } catch (error) {
      if (!signal.aborted) nixNeed.note(request.tag, error);
      throw error;
    }
  });
}

/** Nobody needs to fetch what Nix's store has. */
async function missingHere(roots: readonly string[]): Promise<string[]> {
  const known = await Promise.all(roots.map(isThere));
  return roots.filter((_, index) => !known[index]);
}

/** Nix asks the caches itself, and says what is wrong with them. */
function noneIfOutage(error: unknown): ReadonlyMap<string, readonly KnownPath[]> {
  if (error instanceof CacheOutage) return new Map();
  throw error;
}

/** If the revision fixes everything that is evaluated, the origin remembers that the revision lacks a name. */
async function rememberingRefusals<T>(
  refusals: Refusals,
  { revision, hash }: Pick<ResolvedRequest, "revision" | "hash">,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NameError) || !revision.isExact) throw error;
    const refusal = new RevisionRefusal(error, revision.revision);
    refusals.add(hash, refusal);
    throw refusal;
  }
}
