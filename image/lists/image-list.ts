import { OWN_LABELS } from "../../protocol/package-label.ts";
import type { LeftOut } from "../../protocol/tag-record.ts";
import type { ImageManifests, Manifest } from "../description/manifest.ts";
import { dockerManifestList, imageIndex, type PlatformImage } from "../referrers/image-index.ts";
import { jsonContent } from "../referrers/json-content.ts";
import type { StoredManifest } from "../referrers/oci-manifest.ts";
import { describedImage, type ListedImage } from "./described-image.ts";

export interface ImageList {
  /** The OCI index and Docker's list of manifests. With zstd, both are the index. */
  readonly manifests: ImageManifests;
  /** They must be stored before the list. */
  readonly attestations: readonly StoredManifest[];
}

/** An annotation of the index says why it lacks an architecture. The architecture follows. */
export const LEFT_OUT_ANNOTATION = `${OWN_LABELS}left-out.`;

/**
 * The list of the images that one name stands for. Neither a clock nor the order of the images changes its bytes. Throws if
 * a manifest has other bytes than its digest says.
 */
export async function imageList(images: readonly ListedImage[], leftOut: readonly LeftOut[]): Promise<ImageList> {
  const described = await Promise.all(images.map(describedImage));
  const attestations = described.filter((each) => each !== undefined);
  const oci = await imageIndex({
    images: await Promise.all(images.map((image) => platformImage(image, image.manifests.oci))),
    attestations,
    ...(leftOut.length > 0 && { annotations: leftOutAnnotations(leftOut) }),
  });
  const hasOneFormat = images.every(({ manifests }) => manifests.docker.digest === manifests.oci.digest);
  const docker = hasOneFormat
    ? oci
    : await dockerManifestList(await Promise.all(images.map((image) => platformImage(image, image.manifests.docker))));
  return { manifests: { oci, docker }, attestations };
}

/** The index states the size of each manifest, so the bytes must be the right ones. */
async function platformImage(
  { architecture }: ListedImage,
  { digest, mediaType, json }: Manifest,
): Promise<PlatformImage> {
  const manifest = await jsonContent(mediaType, json);
  if (manifest.digest !== digest) throw new Error(`the manifest ${digest} has other bytes`);
  return { architecture, manifest };
}

function leftOutAnnotations(leftOut: readonly LeftOut[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    leftOut.map(({ architecture, reason }) => [`${LEFT_OUT_ANNOTATION}${architecture}`, reason]),
  );
}
