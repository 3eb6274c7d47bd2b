import { describeFailure, type Failure } from "../unpacking/failure.ts";
import type { PackagesToRead } from "../../image/root/package-roots.ts";
import { attemptRoot, type RootAttempt } from "../../image/trees/root-attempt.ts";
import { treesOfImage } from "../../image/trees/root-from-trees.ts";
import type { Tree } from "../../image/trees/tree.ts";

/** The packages of an image, and the trees that are known. */
export interface TreesJob extends PackagesToRead {
  readonly trees: ReadonlyMap<string, Tree>;
}

/** The work of a thread of `root-reader.ts`, if the trees are in memory. */
export default function attempt(job: TreesJob): RootAttempt | { readonly failure: Failure } {
  try {
    return attemptRoot(job, treesOfImage(job, job.trees));
  } catch (error) {
    return { failure: describeFailure(error) };
  }
}
