import { type Digest, digestHex } from "../../protocol/digest.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import { manifestBlobs, parseManifestText } from "../../protocol/manifest.ts";

/**
 * The id of an image's trust record. OCI's and Docker's manifests of an image have the same blobs, and so the same id. With
 * another compression, an image has the same config and other layers. A list of images has its own digest as id. The
 * digest is that of the text. Hexadecimal digits.
 */
export async function trustId(digest: Digest, manifestText: string): Promise<string> {
  const manifest = parseManifestText(manifestText);
  return manifest
    ? sha256Hex(
        manifestBlobs(manifest)
          .map((blob) => blob.digest)
          .join("\n"),
      )
    : digestHex(digest);
}
