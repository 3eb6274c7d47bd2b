import { type Architecture, checkPackageCount, checkSteps, isComponent } from "./image-name.ts";
import { OciError } from "./oci-error.ts";
import { parseTag } from "./tag.ts";
import { isJsonObject } from "./json-object.ts";

/** The architectures that an image may have, in the order of lists. */
export const ARCHITECTURES: readonly Architecture[] = ["amd64", "arm64"];

/** Stands for a list of one image for each architecture. */
export const ALL_ARCHITECTURES = "amd64+arm64";

interface RequestedTag {
  /** The package source, as `describeSource` writes it. Worker and origin must have the same source. */
  readonly source: string;
  /** The tag, as the user wrote it. */
  readonly tag: string;
  /** Sorted and unique, as in `ImageName`. Empty if `image` is set. */
  readonly packages: readonly string[];
  /** An image that the package set itself defines, as in `ImageName`. */
  readonly image?: string;
}

/** The canonical form of a name and a tag: two spellings of one image give equal requests. */
export interface ImageRequest extends RequestedTag {
  readonly architecture: Architecture;
}

/** Asks for the list of the images that a name and a tag stand for, one for each architecture. */
export interface ListRequest extends RequestedTag {
  readonly architecture: typeof ALL_ARCHITECTURES;
}

/** What a name and a tag stand for: one image, or a list of images. */
export type PullRequest = ImageRequest | ListRequest;

interface RequestedName {
  readonly packages: readonly string[];
  readonly image?: string | undefined;
}

/** The packages or the image of a request, as in a repository name. */
export function requestedName({ packages, image }: RequestedName): string {
  return image === undefined ? packages.join("/") : `images/${image}`;
}

/** Parses the JSON body of a build call. Throws `NAME_INVALID`, `TAG_INVALID` or `UNSUPPORTED`. */
export function parsePullRequest(body: unknown, maxPackages: number): PullRequest {
  const { source, tag, architecture, packages, image } = isJsonObject(body) ? body : {};
  const isKnown = architecture === ALL_ARCHITECTURES || isArchitecture(architecture);
  if (typeof source !== "string" || typeof tag !== "string" || !isKnown || !isStrings(packages)) {
    throw new OciError(
      "NAME_INVALID",
      "the body is not an image request: source, tag, architecture and packages are required",
    );
  }
  if (image !== undefined) {
    if (typeof image === "string" && isComponent(image) && packages.length === 0)
      return { source, tag: parseTag(tag), architecture, packages, image };
    throw new OciError("NAME_INVALID", "the image of an image request must be one valid component, without packages");
  }
  if (!isCanonical(packages)) {
    throw new OciError(
      "NAME_INVALID",
      "the packages of an image request must be canonical: valid components, at least one, sorted and unique",
    );
  }
  checkPackageCount(packages.length, maxPackages);
  for (const name of packages) checkSteps(name);
  return { source, tag: parseTag(tag), architecture, packages };
}

/** Checks components, not a whole name. A meta-package that is not at the start, as in `git/shell`, is a package. */
function isCanonical(packages: readonly string[]): boolean {
  const sorted = [...new Set(packages)].toSorted();
  return packages.length > 0 && packages.every((name, index) => isComponent(name) && name === sorted[index]);
}

export function isArchitecture(text: unknown): text is Architecture {
  return text === "amd64" || text === "arm64";
}

export function isListRequest(request: PullRequest): request is ListRequest {
  return request.architecture === ALL_ARCHITECTURES;
}

/** The requests for the images of a list, in the order of lists. */
export function imagesOfList(request: ListRequest): readonly ImageRequest[] {
  return ARCHITECTURES.map((architecture) => ({ ...request, architecture }));
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
