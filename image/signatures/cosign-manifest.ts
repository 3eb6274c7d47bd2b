import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { describeContent, type JsonContent, jsonContent } from "../referrers/json-content.ts";
import { distinctBlobs, ociManifest, type StoredManifest } from "../referrers/oci-manifest.ts";

/** A manifest that clients find by its tag alone. */
export interface TaggedManifest extends StoredManifest {
  readonly tag: string;
}

interface CosignManifest {
  readonly tag: string;
  readonly layers: readonly CosignLayer[];
}

interface CosignLayer {
  readonly descriptor: ContentDescriptor;
  readonly content: JsonContent;
}

/** Go's zero time. */
const NO_TIME = "0001-01-01T00:00:00Z";

/** cosign 2 stores signatures as the layers of an image without a platform. */
export async function cosignManifest({ tag, layers }: CosignManifest): Promise<TaggedManifest> {
  const all = layers.map(({ descriptor }) => descriptor);
  const config = await jsonContent(MEDIA_TYPES.oci.config, configJson(all));
  const manifest = await ociManifest({ config: describeContent(config), layers: all });
  return { tag, manifest, blobs: distinctBlobs([config, ...layers.map(({ content }) => content)]) };
}

/** As cosign writes it. Some registries refuse an image whose config names no diffIDs. */
function configJson(layers: readonly ContentDescriptor[]): string {
  return JSON.stringify({
    architecture: "",
    created: NO_TIME,
    history: layers.map(() => ({ created: NO_TIME })),
    os: "",
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    config: {},
  });
}
