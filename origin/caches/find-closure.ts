import pLimit from "p-limit";
import type { StorePath } from "../../image/closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";

export interface ClosureOptions {
  readonly signal: AbortSignal;
  /** A closure with more paths is refused. */
  readonly maxPaths?: number;
}

export interface FoundClosure<Path extends StorePath> {
  /** Sorted by path. */
  readonly found: readonly Path[];
  /** Store paths that no cache has, sorted. Their own references are not known. */
  readonly missing: readonly string[];
}

/** Look-ups that wait at a time. The caches bound the requests themselves. */
const LOOKUPS_AT_ONCE = 64;
/** All of nixpkgs' largest closures have fewer than 10,000 paths. */
const MAX_PATHS = 50_000;

/** All paths that `roots` need, found by their references. The first error of `find` ends the walk. */
export async function findClosure<Path extends StorePath>(
  roots: readonly string[],
  find: (path: string) => Promise<Path | undefined>,
  { signal, maxPaths = MAX_PATHS }: ClosureOptions,
): Promise<FoundClosure<Path>> {
  const lookUps = pLimit(LOOKUPS_AT_ONCE);
  const seen = new Set<string>();
  const found: Path[] = [];
  const missing: string[] = [];

  async function visit(paths: readonly string[]): Promise<void> {
    const fresh = paths.filter((path) => !seen.has(path) && seen.add(path));
    if (seen.size > maxPaths) throw new Error(`the closure has more than ${maxPaths} store paths`);
    await Promise.all(fresh.map((path) => lookUps(() => lookUp(path)).then(visit)));
  }

  /** Returns the references. */
  async function lookUp(path: string): Promise<readonly string[]> {
    signal.throwIfAborted();
    const answer = await find(path);
    if (answer) found.push(answer);
    else missing.push(path);
    return answer?.references ?? [];
  }

  try {
    await visit(roots);
  } finally {
    lookUps.clearQueue();
  }
  return { found: found.toSorted((a, b) => compareText(a.path, b.path)), missing: missing.toSorted(compareText) };
}
