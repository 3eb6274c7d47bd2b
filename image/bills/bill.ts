import { compareText } from "../../protocol/compare-text.ts";
import type { DebianPackage } from "../facts/debian-package.ts";
import type { ImageFacts } from "../facts/image-facts.ts";
import { type NamedPath, namedPaths } from "../facts/path-names.ts";
import { debianPurl, nixPurl } from "../facts/purl.ts";

/** What documents list of an image: its store paths, and the Debian packages in them. */
export interface Bill {
  readonly image: Omit<ImageFacts, "paths">;
  /** The paths of requested packages, and the paths that no other path needs. Sorted. */
  readonly tops: readonly string[];
  /** Sorted. */
  readonly paths: readonly BillPath[];
  /** Sorted by package URL. A package whose files are in several store paths is here once. */
  readonly debian: readonly BillDebianPackage[];
}

export interface BillPath extends NamedPath {
  readonly purl: string;
  /** The requested packages that the path is an output of. */
  readonly attributes: readonly string[];
  /** The package URLs of the Debian packages in the path. */
  readonly debian: readonly string[];
}

export interface BillDebianPackage extends DebianPackage {
  readonly purl: string;
}

/** The tool that writes the bills. Raise the version if a bill of one image can change. */
export const TOOL = { name: "cornice", version: "1" } as const;

/** Make it once for all documents of an image. Throws if a path is named that is not part of the closure. */
export function createBill(image: ImageFacts): Bill {
  const purlOf = (debian: DebianPackage) => debianPurl(debian, image.distribution);
  const paths = namedPaths(image).map((path) => ({
    ...path,
    purl: nixPurl(path, image.packageSet),
    attributes: attributesOf(path, image),
    debian: unique((path.metadata?.debian ?? []).map(purlOf)),
  }));
  const debian = new Map(paths.flatMap(({ metadata }) => (metadata?.debian ?? []).map((each) => [purlOf(each), each])));
  return { image, tops: topPaths(image, paths), paths, debian: sortDebian(debian) };
}

function attributesOf({ path }: NamedPath, { requested }: Bill["image"]): string[] {
  return unique(requested.filter(({ paths }) => paths.includes(path)).map(({ attribute }) => attribute));
}

function topPaths({ requested }: Bill["image"], paths: readonly NamedPath[]): string[] {
  const needed = new Set(paths.flatMap(({ references }) => references));
  const tops = paths.filter(({ path }) => !needed.has(path)).map(({ path }) => path);
  return unique([...tops, ...requested.flatMap((each) => each.paths)]);
}

function sortDebian(packages: ReadonlyMap<string, DebianPackage>): BillDebianPackage[] {
  return [...packages]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([purl, { name, version, architecture, source }]) => ({ purl, name, version, architecture, source }));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted(compareText);
}
