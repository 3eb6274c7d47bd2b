import { createBill } from "../../../image/bills/bill.ts";
import { spdxDocument } from "../../../image/bills/spdx.ts";
import { imageManifests } from "../../../image/description/manifest.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import type { ListedImage } from "../../../image/lists/described-image.ts";
import { digestOf } from "../../../protocol/digest.ts";
import type { Architecture } from "../../../protocol/image-name.ts";
import type { LayerCompression } from "../../../protocol/media-types.ts";
import { IMAGE, LAYER } from "../facts/facts.ts";

/** A small image, described. */
export async function listedImage(
  architecture: Architecture,
  compression: LayerCompression = "gzip",
): Promise<ListedImage> {
  const config = { digest: await digestOf(new TextEncoder().encode(architecture)), size: 5 };
  const manifests = await imageManifests(config, { layers: [{ digest: LAYER, size: 7 }], compression });
  const { digest } = manifests.oci;
  const spdx = documentJson(spdxDocument(createBill({ ...IMAGE, digest, architecture })));
  return { architecture, manifests, spdx };
}
