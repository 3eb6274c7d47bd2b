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
  /** As in image names. */
  readonly names: readonly string[];
  /** For links that are gone when it ends. */
  readonly directory: string;
  /** The packages in the closure of one name, without versions. */
  readonly onClosure: (packages: readonly string[]) => void;
  /** Told of each name whose closure cannot be had, and why. */
  readonly onFailure: (name: string, reason: string) => void;
}

/** So many share an evaluation, of which loading the package set takes the most. */
const NAMES_A_BATCH = 16;
/** While one evaluates, another one builds or downloads. Each is a Nix of its own, with its memory. */
const BATCHES_AT_ONCE = 2;

/**
 * Realises packages as builds do, and tells what is in the closure of each, in any order. What is in the Nix store
 * already costs nothing but the evaluation, so that it may be stopped and run again. Throws what no single name is to
 * blame for.
 */
export async function realiseClosures(options: ClosureOptions): Promise<void> {
  // Those who work take from one list.
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

/** A name that cannot be evaluated or built fails its whole batch: then each one is tried by itself. */
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
