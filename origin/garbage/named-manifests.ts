import { parseReferrersIndex } from "../../image/referrers/referrers-index.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseImageList } from "../../protocol/image-list.ts";
import { manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";

/** What a manifest names. */
export interface ManifestNames {
  readonly manifests: readonly Digest[];
  readonly blobs: readonly Digest[];
}

/** Reads the text of a manifest, of a list of images or of a list of referrers. Undefined if it is none of them. */
export function namesOfManifest(text: string): ManifestNames | undefined {
  const manifest = parseManifestText(text);
  if (manifest) return { manifests: [], blobs: manifestBlobs(manifest).map(({ digest }) => digest) };
  const list = parseImageList(text);
  const listed = list ? [...list.images, ...list.attestations] : parseReferrersIndex(text);
  return listed ? { manifests: listed.map(({ digest }) => digest), blobs: [] } : undefined;
}
