import type { FileTrees } from "../../image/root/file-trees.ts";
import type { PackagesToRead } from "../../image/root/package-roots.ts";
import { attemptRoot, type RootAttempt } from "../../image/trees/root-attempt.ts";
import { treesOfImage } from "../../image/trees/root-from-trees.ts";
import type { Tree } from "../../image/trees/tree.ts";

/** Usual images take 3 to 10 ms, or a few times as long on a busy machine. A longer attempt would hold up all requests. */
const QUICK_MS = 50;

/** The time of a quick attempt is over. */
class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/**
 * Makes an attempt on this thread, which costs less than to copy the trees to another one. Undefined if it takes too
 * long: links can make a few files into a huge root. Throws as `attemptRoot` does.
 */
export function attemptQuickly(
  image: PackagesToRead,
  trees: ReadonlyMap<string, Tree>,
  limitMs = QUICK_MS,
): RootAttempt | undefined {
  try {
    return attemptRoot(image, withTimeLimit(treesOfImage(image, trees), limitMs));
  } catch (error) {
    if (error instanceof OutOfTime) return undefined;
    throw error;
  }
}

/** The work between two look-ups is small. */
function withTimeLimit(trees: FileTrees, limitMs: number): FileTrees {
  const end = performance.now() + limitMs;
  function checkTime(): void {
    if (performance.now() > end) throw new OutOfTime();
  }
  return {
    find(path) {
      checkTime();
      return trees.find(path);
    },
    list(directory) {
      checkTime();
      return trees.list(directory);
    },
    read(file) {
      checkTime();
      return trees.read(file);
    },
  };
}
