import { isStorePath, storePathName } from "../../image/closure/store-path.ts";
import type { DebianPackage } from "../../image/facts/debian-package.ts";
import type { ImageFacts, PathFacts } from "../../image/facts/image-facts.ts";
import type { Digest } from "../../protocol/digest.ts";
import type { ContentsPath, ImageContents } from "../../protocol/image-contents.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { DebianPaths } from "../starter/debian-paths.ts";
import type { DescribedPath } from "./described-path.ts";

interface FactsInput {
  readonly digest: Digest;
  readonly architecture: Architecture;
  readonly contents: ImageContents;
  readonly described: readonly DescribedPath[];
  readonly packageSet: string | undefined;
  /** The packages of the starter set. */
  readonly debian: DebianPaths | undefined;
}

/** An image that a package set defines may have no package of its own. */
const NO_TITLE = "image";

/**
 * The facts of an image. They follow from its contents, and from what is known of its store paths. So the image has the
 * same facts under all names and tags. Throws if the contents name something that is no store path.
 */
export function imageFacts({ digest, architecture, contents, described, packageSet, debian }: FactsInput): ImageFacts {
  const { packages, paths, layers } = contents;
  if (!paths.every(({ path }) => isStorePath(path))) throw new Error("the contents of the image are malformed");
  const pathsAt = (places: readonly number[]) => places.flatMap((place) => paths[place]?.path ?? []);
  const hashes = new Map(described.map(({ path, narHash }) => [path, narHash]));
  const layersOf = paths.map((): Digest[] => []);
  for (const layer of layers) for (const place of layer.paths) layersOf[place]?.push(layer.digest);
  const factsOf = ({ path, narSize, references }: ContentsPath, place: number): PathFacts => ({
    path,
    narSize,
    references: pathsAt(references),
    narHash: hashes.get(path),
    layers: layersOf[place] ?? [],
    metadata: debianMetadata(debianPackages(path, pathsAt(references), debian)),
  });
  return {
    digest,
    architecture,
    title: packages.map(({ attribute }) => attribute).join("/") || NO_TITLE,
    requested: packages.map((each) => ({ attribute: each.attribute, paths: pathsAt(each.paths) })),
    paths: paths.map(factsOf),
    packageSet,
    distribution: debian?.distribution,
  };
}

/**
 * The packages in a path of the starter set. An attribute's path holds only links to the group of the same package, and may
 * have the group's name.
 */
function debianPackages(
  path: string,
  references: readonly string[],
  debian: DebianPaths | undefined,
): readonly DebianPackage[] {
  const name = storePathName(path);
  const isAttribute = references.some((reference) => reference !== path && storePathName(reference) === name);
  return isAttribute ? [] : (debian?.packages.get(name) ?? []);
}

function debianMetadata(debian: readonly DebianPackage[]): PathFacts["metadata"] {
  return debian.length === 0 ? undefined : { licenses: [], debian };
}
