import type { Digest } from "../../protocol/digest.ts";
import { type ImageList, parseImageList } from "../../protocol/image-list.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { findManifest } from "../stores/manifests.ts";
import type { RequestContext } from "../requests/request-context.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/** The image that a page shows in detail. */
export interface ShownImage {
  readonly architecture: Architecture;
  /** The architectures of all images in its list, or its own alone. */
  readonly platforms: readonly Architecture[];
  /** The record that the image would have by itself. */
  readonly record: TagRecord;
}

/** The image of the preferred architecture, or else the first one of a list. Undefined if the list is lost. */
export async function findListedImage(
  context: RequestContext<StoreSettings>,
  { manifests, revision, resolvedAt }: TagRecord,
  preferred: Architecture,
): Promise<ShownImage | undefined> {
  const index = await readList(context, manifests.oci);
  const list = await readList(context, manifests.docker);
  const oci = index?.images.find(({ architecture }) => architecture === preferred) ?? index?.images[0];
  const docker = list?.images.find(({ architecture }) => architecture === oci?.architecture);
  if (!index || !oci || !docker) return undefined;
  return {
    architecture: oci.architecture,
    platforms: index.images.map(({ architecture }) => architecture),
    record: { manifests: { oci: oci.digest, docker: docker.digest }, revision, resolvedAt },
  };
}

async function readList(context: RequestContext<StoreSettings>, digest: Digest): Promise<ImageList | null> {
  const stored = await findManifest(context, digest);
  return stored ? parseImageList(new TextDecoder().decode(stored.bytes)) : null;
}
