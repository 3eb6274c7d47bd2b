import type { Digest } from "../../protocol/digest.ts";
import type { ContentsPath, ImageContents } from "../../protocol/image-contents.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { isStorePath, type StorePath } from "../closure/store-path.ts";
import type { Distribution, ImageFacts, KnownFacts, PathFacts } from "./image-facts.ts";

interface FactsInput {
  readonly digest: Digest;
  readonly architecture: Architecture;
  readonly contents: ImageContents;
  /** By store path. */
  readonly known: ReadonlyMap<string, KnownFacts>;
  readonly packageSet: string | undefined;
  readonly distribution: Distribution | undefined;
}

/** An image that a package set defines may have no package of its own. */
const NO_TITLE = "image";

/**
 * The facts of an image. They follow from its contents, and from what is known of its store paths. So the image has the
 * same facts under all names and tags. Throws if the contents name something that is no store path.
 */
export function factsOfImage(input: FactsInput): ImageFacts {
  const { digest, architecture, contents, known, packageSet, distribution } = input;
  const { packages, paths, layers } = contents;
  if (!paths.every(({ path }) => isStorePath(path))) throw new Error("the contents of the image are malformed");
  const layersOf = paths.map((): Digest[] => []);
  for (const layer of layers) for (const place of layer.paths) layersOf[place]?.push(layer.digest);
  const factsOf = (path: StorePath, place: number): PathFacts => ({
    ...path,
    ...known.get(path.path),
    layers: layersOf[place] ?? [],
  });
  return {
    digest,
    architecture,
    title: packages.map(({ attribute }) => attribute).join("/") || NO_TITLE,
    requested: packages.map((each) => ({ attribute: each.attribute, paths: pathsAt(paths, each.paths) })),
    paths: closureOfContents(contents).map(factsOf),
    packageSet,
    distribution,
  };
}

/** The store paths of an image, in the order of its contents. */
export function closureOfContents({ paths }: ImageContents): readonly StorePath[] {
  return paths.map(({ path, narSize, references }) => ({ path, narSize, references: pathsAt(paths, references) }));
}

function pathsAt(paths: readonly ContentsPath[], places: readonly number[]): string[] {
  return places.flatMap((place) => paths[place]?.path ?? []);
}
