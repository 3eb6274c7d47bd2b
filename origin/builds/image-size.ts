import { formatBytes } from "../../protocol/format-bytes.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { StorePath } from "../../image/closure/store-path.ts";

/** Throws `MANIFEST_UNKNOWN` if the store paths of an image have more than `maxBytes` uncompressed bytes. */
export function checkImageSize(closure: readonly Pick<StorePath, "narSize">[], maxBytes: number): void {
  const bytes = closure.reduce((sum, { narSize }) => sum + narSize, 0);
  if (bytes <= maxBytes) return;
  throw new OciError(
    "MANIFEST_UNKNOWN",
    `the image would have ${formatBytes(bytes)} in its store paths; this registry builds images of up to ` +
      `${formatBytes(maxBytes)} (the operator can raise CORNICE_MAX_IMAGE_MIB)`,
  );
}
