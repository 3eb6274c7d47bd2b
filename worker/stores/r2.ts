import { OciError } from "../../protocol/oci-error.ts";
import type { StoreSettings } from "./store-settings.ts";

/** Reads from R2. Throws `UNAVAILABLE` if R2 fails: no tier is behind it. */
export async function readR2<T>({ r2 }: Pick<StoreSettings, "r2">, read: (r2: R2Bucket) => Promise<T>): Promise<T> {
  try {
    return await read(r2);
  } catch (cause) {
    if (cause instanceof OciError) throw cause;
    throw new OciError("UNAVAILABLE", "the registry's storage does not answer; pull again in a moment", { cause });
  }
}
