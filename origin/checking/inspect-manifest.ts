import { parseReferrersIndex } from "../../image/referrers/referrers-index.ts";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { type Digest, digestOf, sha256Digest } from "../../protocol/digest.ts";
import { parseImageList } from "../../protocol/image-list.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { type Descriptor, manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey, contentsKey, manifestKey } from "../../protocol/storage-keys.ts";
import { damaged, type Inspection, type NamedObject } from "./inspection.ts";

/** Layers of an image are tars. Layers of other manifests are documents. */
const TAR = ".tar";

/** Checks an image's manifest, a list of images, an artifact's manifest, or a list of referrers. */
export async function inspectManifest(hex: string, bytes: Uint8Array<ArrayBuffer>): Promise<Inspection> {
  const digest = sha256Digest(hex);
  if ((await digestOf(bytes)) !== digest) return damaged("holds other bytes than its digest says");
  const text = new TextDecoder().decode(bytes);
  return inspectList(text) ?? inspectImage(digest, text) ?? damaged("holds neither a manifest nor a list");
}

function inspectList(text: string): Inspection | undefined {
  const images = parseImageList(text);
  const named = images ? [...images.images, ...images.attestations] : parseReferrersIndex(text);
  return named ? { contentType: mediaTypeOf(text), names: named.map(manifestOf) } : undefined;
}

function inspectImage(digest: Digest, text: string): Inspection | undefined {
  const manifest = parseManifestText(text);
  if (!manifest) return undefined;
  const blobs = manifestBlobs(manifest).map(blobOf);
  const hasContents = manifest.mediaType === MEDIA_TYPES.oci.manifest && isImage(text);
  const contents = hasContents ? [{ key: contentsKey(digest) }] : [];
  return { contentType: manifest.mediaType, names: [...blobs, ...contents] };
}

/** Whether the layers are files of an image. */
function isImage(text: string): boolean {
  return parseArtifactManifest(text)?.layers.every(({ mediaType }) => mediaType.includes(TAR)) ?? false;
}

function mediaTypeOf(text: string): string | undefined {
  const mediaType = parseJsonObject(text)?.["mediaType"];
  return typeof mediaType === "string" ? mediaType : undefined;
}

export function blobOf({ digest, size }: Descriptor): NamedObject {
  return { key: blobKey(digest), size };
}

function manifestOf({ digest, size }: Descriptor): NamedObject {
  return { key: manifestKey(digest), size };
}
