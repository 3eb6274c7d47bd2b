import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { packageName } from "../image/layers/package-name.ts";
import type { ImageClosure } from "../image/closure/image-closure.ts";
import { prepareImage, type PrepareOptions } from "../origin/nix/prepare-image.ts";
import { reachable } from "../origin/starter/dependency-graph.ts";
import { OciError } from "../protocol/oci-error.ts";

export interface ClosureOptions extends Pick<
  PrepareOptions,
  "architecture" | "source" | "nix" | "isolation" | "signal" | "onEvent"
> {
  /** Names of packages, as in image names. */
  readonly names: readonly string[];
  /** A folder for temporary links, which are removed at the end. */
  readonly directory: string;
  /** Gets the packages in the closure of one name, without versions. */
  readonly onClosure: (packages: readonly string[]) => void;
  /** Gets each name that has no closure, and the reason. */
  readonly onFailure: (name: string, reason: string) => void;
}

/** Names that share one evaluation, because loading the package set takes most of its time. */
const NAMES_A_BATCH = 16;
/** While one batch is evaluated, another one is built or downloaded. Each has its own Nix process and memory. */
const BATCHES_AT_ONCE = 2;

/**
 * Realises packages as builds do, and reports the closure of each, in any order. It can be stopped and run again: a
 * package that is in the Nix store costs only the evaluation. Throws an error that no single name has caused.
 */
export async function realiseClosures(options: ClosureOptions): Promise<void> {
  // All workers take batches from one iterator.
  const batches = inBatches(options.names)[Symbol.iterator]();
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const work = async () => {
    try {
      for (const batch of batches) await realiseBatch({ ...options, signal }, batch);
    } catch (error) {
      failure.abort(error);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, work));
  failure.signal.throwIfAborted();
}

function inBatches(names: readonly string[]): (readonly string[])[] {
  const count = Math.ceil(names.length / NAMES_A_BATCH);
  return Array.from({ length: count }, (_, index) => names.slice(index * NAMES_A_BATCH, (index + 1) * NAMES_A_BATCH));
}

/** A name that cannot be evaluated or built fails its whole batch. Then each name is tried alone. */
async function realiseBatch(options: ClosureOptions, batch: readonly string[]): Promise<void> {
  try {
    const image = await realise(options, batch);
    for (const name of batch) options.onClosure(closureOf(image, name));
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof OciError)) throw error;
    const [name = ""] = batch;
    if (batch.length === 1) options.onFailure(name, error.message);
    else for (const single of batch) await realiseBatch(options, [single]);
  }
}

async function realise(options: ClosureOptions, packages: readonly string[]): Promise<ImageClosure> {
  const { nix, directory } = options;
  const folder = await mkdtemp(join(directory, "closure-"));
  try {
    const timeoutS = nix.timeoutS * packages.length;
    const gcRoot = join(folder, "root");
    return await prepareImage({ ...options, packages, nix: { ...nix, timeoutS }, gcRoot });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function closureOf({ packages, closure }: ImageClosure, name: string): string[] {
  const graph = new Map(closure.map(({ path, references }) => [path, { dependencies: references }]));
  const roots = packages.filter((root) => root.requested && root.name === name).map(({ path }) => path);
  return Array.from(reachable(graph, roots), packageName);
}
