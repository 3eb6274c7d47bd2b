import { compareText } from "../../protocol/compare-text.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import type { ImageShape } from "../../protocol/ref-record.ts";
import type { LayerRoot } from "../layers/package-parts.ts";

/** One package: all of its outputs in an image. They have the same attribute. */
export type BundledRoots = readonly Pick<LayerRoot, "attribute" | "path">[];

/**
 * Names the bundle of one package. It covers what the bundle depends on: the package's outputs, its attribute and the
 * settings that shape layers. The limit of layers only decides which steps a bundle has.
 */
export function bundleHash(roots: BundledRoots, { format, compression, popularity }: ImageShape): Promise<string> {
  const [attribute = ""] = roots.map((root) => root.attribute);
  const paths = roots.map(({ path }) => path).toSorted(compareText);
  return sha256Hex([`cornice bundle ${format} ${compression} ${popularity}`, attribute, ...paths].join("\n"));
}
