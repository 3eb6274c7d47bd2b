import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { CannotAssemble } from "../../../image/assembly/cannot-assemble.ts";
import { joinBundles } from "../../../image/assembly/join-bundles.ts";
import type { Bundle } from "../../../image/bundles/bundle.ts";
import { stepOf } from "../../../image/bundles/package-layers.ts";
import { storePathWord } from "../../../image/closure/store-path.ts";
import { divideClosure } from "../../../image/layers/group-layers.ts";
import { packageParts } from "../../../image/layers/package-parts.ts";
import { restLayers } from "../../../image/layers/rest-layers.ts";
import { MissingBytes, MissingTree } from "../../../image/trees/missing.ts";
import { keepsBytes } from "../../../image/trees/tree-entry.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { removeFolder } from "../../remove-folder.ts";
import type { PackageSet } from "./random-packages.ts";
import { bundlesOfPackages, madeAtEdge, madeByOrigin, type MadeImage } from "./two-ways.ts";
import { writePaths } from "./written-paths.ts";

/** Why the edge may leave an image to the origin. */
export type Refusal =
  | "the last rest layers are joined"
  | "its cut-off is higher than those that are packed ahead"
  | "a link leads to a path that its package does not reference"
  | "a link gives another name to a file that the root reads";

/**
 * Makes an image both ways. Throws if the images differ, or if the edge refuses for another reason. Returns the reason of a
 * refusal. `directory`: for a new folder, which is removed at the end.
 */
export async function sameImage(set: PackageSet, packer: Packer, directory: string): Promise<Refusal | undefined> {
  const folder = await mkdtemp(join(directory, "set-"));
  try {
    const making = { set, packer, directory: folder, paths: await writePaths(folder, set.paths) };
    const bundles = await bundlesOfPackages(making);
    const made = await madeAtEdge(making, bundles).catch((error: unknown) => explain(error, set, bundles));
    if (typeof made === "string") return made;
    assertSame(made, await madeByOrigin(making));
    return undefined;
  } finally {
    await removeFolder(folder);
  }
}

function assertSame(edge: MadeImage, origin: MadeImage): void {
  // Contents come first: they name the layer that differs.
  assert.equal(edge.contents, origin.contents);
  assert.ok(Buffer.from(edge.root).equals(origin.root), "the root layer has other bytes");
  assert.equal(edge.config, origin.config);
  assert.deepEqual(edge.manifests, origin.manifests);
  assert.equal(edge.closureHash, origin.closureHash);
}

function explain(error: unknown, set: PackageSet, bundles: readonly Bundle[]): Refusal {
  const refusal = refusalOf(error, set, bundles);
  if (refusal) return refusal;
  throw error;
}

function refusalOf(error: unknown, set: PackageSet, bundles: readonly Bundle[]): Refusal | undefined {
  if (error instanceof CannotAssemble) return layerRefusal(set, bundles);
  if (error instanceof MissingTree && set.paths.some(({ strays }) => strays.includes(error.path)))
    return "a link leads to a path that its package does not reference";
  if (error instanceof MissingBytes && !keepsBytes(placeOf(error.path), 1))
    return "a link gives another name to a file that the root reads";
  return undefined;
}

/** The place of a file in its store path. */
function placeOf(path: string): string {
  return storePathWord(path).split("/").slice(1).join("/");
}

function layerRefusal({ packages, popularity, maxStoreLayers }: PackageSet, bundles: readonly Bundle[]) {
  const input = { closure: joinBundles(bundles).closure, roots: packages, popularity };
  const { cutOff, rests } = divideClosure({ ...input, maxStoreLayers });
  if (rests.length < restLayers(packageParts(input), cutOff).length) return "the last rest layers are joined";
  const isAhead = bundles.every(({ steps }) => steps.includes(stepOf(cutOff)));
  return isAhead ? undefined : "its cut-off is higher than those that are packed ahead";
}
