import type { ImageManifests } from "../../image/description/manifest.ts";
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
}

export interface BuiltImage extends TrustedImage {
  readonly contents: ImageContents;
  readonly described: readonly DescribedPath[];
}
