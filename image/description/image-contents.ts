import type { ImageContents } from "../../protocol/image-contents.ts";
import type { PackageRoot } from "../closure/image-closure.ts";
import type { StorePath } from "../closure/store-path.ts";
import type { DescribedLayer } from "../layers/layer.ts";
import { compareText } from "../../protocol/compare-text.ts";

interface ContentsInput {
  readonly packages: readonly PackageRoot[];
  /** Holds every store path that packages, references and layers name. */
  readonly closure: readonly StorePath[];
  /** Bottom to top. */
  readonly layers: readonly Omit<DescribedLayer, "diffId">[];
}

/** Lists the store paths of each layer. Paths are sorted, so the order of Nix's output does not change the record. */
export function imageContents({ packages, closure, layers }: ContentsInput): ImageContents {
  const sorted = closure.toSorted((a, b) => compareText(a.path, b.path));
  const indexes = new Map(sorted.map(({ path }, index) => [path, index]));
  const inOrder = (paths: Iterable<string>) => [...new Set(paths)].map(indexOf).toSorted((a, b) => a - b);

  function indexOf(path: string): number {
    const index = indexes.get(path);
    if (index === undefined) throw new Error(`${path} is not part of the closure`);
    return index;
  }

  const requested = Map.groupBy(
    packages.filter((root) => root.requested),
    ({ attribute }) => attribute,
  );
  return {
    packages: [...requested]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([attribute, roots]) => ({ attribute, paths: inOrder(roots.map(({ path }) => path)) })),
    paths: sorted.map(({ path, narSize, references }) => ({
      path,
      narSize,
      references: inOrder(references.filter((reference) => reference !== path)),
    })),
    layers: layers.map(({ digest, size, description, paths }) => ({
      digest,
      size,
      description,
      paths: inOrder(paths),
    })),
  };
}
