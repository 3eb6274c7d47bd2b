import { OciError } from "../../protocol/oci-error.ts";
import { hasCode, isDiskFull } from "../system/error-code.ts";
import { CacheError } from "../caches/cache-error.ts";
import { MissingArchive } from "../paths/archives.ts";
import { PackingError } from "../packing/packer.ts";
import { StoreError } from "../stores/object-store.ts";
import { SweepOutage, SweptAway } from "../sweeps/sweep-errors.ts";

const FULL = "the build service has no disk space left; try again later, or tell its operator";
const VANISHED = "a store path was removed while it was packed; pull again";
const UNREADABLE = "a store path cannot be packed; try again later, or tell the build service's operator";
const NOT_STORED = "the registry's storage did not accept the image; try again later";
const SWEPT = "the registry removes old images now, and has removed parts of this one; pull again in a minute";
const DEFECT = "internal error";

/**
 * The message for the user if a build fails, and the user is not to blame: the fault of a package, an outage, or a
 * defect. The log has the whole error.
 */
export function outage(error: unknown): OciError {
  if (error instanceof SweepOutage) return new OciError("UNAVAILABLE", error.message);
  if (error instanceof SweptAway) return new OciError("UNAVAILABLE", SWEPT);
  if (error instanceof StoreError) return new OciError("UNAVAILABLE", NOT_STORED);
  if (isDiskFull(error)) return new OciError("UNAVAILABLE", FULL);
  if (error instanceof PackingError && error.isPackageFault)
    return new OciError("MANIFEST_UNKNOWN", `the image cannot be built: ${error.message}`);
  if (error instanceof PackingError && error.archive)
    return new OciError("UNAVAILABLE", `${error.message}; try again later, or tell the build service's operator`);
  if (error instanceof CacheError || error instanceof MissingArchive)
    return new OciError("UNAVAILABLE", `${error.message}; try again later, or tell the build service's operator`);
  if (error instanceof PackingError)
    return new OciError("UNAVAILABLE", hasCode(error, "ENOENT") ? VANISHED : UNREADABLE);
  return new OciError("UNKNOWN", DEFECT);
}
