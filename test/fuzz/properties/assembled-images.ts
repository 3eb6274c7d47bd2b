import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { NAMED_LAYERS } from "../../origin/bundles/named-layers.ts";
import { packageSets } from "../../origin/bundles/random-packages.ts";
import { sameImage } from "../../origin/bundles/same-image.ts";
import { type Property, property } from "../property.ts";

/** Each run makes several images. */
const RUNS = 20;

export const assembledImages: readonly Property[] = [
  property(
    "assembled-images/same-image",
    packageSets,
    async (set) => {
      await sameImage(set, NAMED_LAYERS, realpathSync(tmpdir()));
    },
    RUNS,
  ),
];
