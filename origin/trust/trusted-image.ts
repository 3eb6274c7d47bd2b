import type { ImageManifests } from "../../image/description/manifest.ts";
import type { FoundPackage } from "../../image/names/found-package.ts";
import type { ImageContents } from "../../protocol/image-contents.ts";
import type { ImageRequest, PullRequest } from "../../protocol/image-request.ts";
import type { DescribedPath } from "./described-path.ts";

/** The manifests of an image or of a list, and how somebody has asked for them. */
export interface TrustedManifests {
  readonly request: PullRequest;
  readonly manifests: ImageManifests;
}

/** A request, its revision, and the image that they lead to. */
export interface TrustedImage extends TrustedManifests {
  readonly request: ImageRequest;
  readonly revision: string;
  /** The packages of the request, with what the package set tells of them. Empty if only an evaluation can tell. */
  readonly packages: () => Promise<readonly FoundPackage[]>;
}

export interface BuiltImage extends TrustedImage {
  readonly contents: ImageContents;
  readonly described: readonly DescribedPath[];
}
