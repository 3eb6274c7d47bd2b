import type { ImageManifests } from "../../image/description/manifest.ts";
import type { ImageContents } from "../../protocol/image-contents.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import type { DescribedPath } from "./described-path.ts";

/** A request, its revision, and the image that they lead to. */
export interface TrustedImage {
  readonly request: ImageRequest;
  readonly revision: string;
  readonly manifests: ImageManifests;
}

export interface BuiltImage extends TrustedImage {
  readonly contents: ImageContents;
  readonly described: readonly DescribedPath[];
}
