import * as fc from "fast-check";
import { expect } from "vitest";
import { test } from "../packing/packing.ts";
import { packageSets } from "./random-packages.ts";
import { type Refusal, sameImage } from "./same-image.ts";

/** A run packs up to a hundred layers. The fuzz property of the same name makes many more images. */
const RUNS = 20;
/** To shrink a failure takes many runs. */
const LIMIT_MS = 100_000;

test("an image put together from the bundles of its packages is the origin's, digest for digest", async ({
  directory,
  packer,
}) => {
  const refusals: Refusal[] = [];
  await fc.assert(
    fc.asyncProperty(packageSets, async (set) => {
      const refusal = await sameImage(set, packer, directory);
      if (refusal) refusals.push(refusal);
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS },
  );
  // Otherwise the property would say little.
  expect(refusals.length).toBeLessThan(RUNS / 2);
});
