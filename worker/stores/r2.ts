import { OciError } from "../../protocol/oci-error.ts";
import { logFailure } from "../answers/errors.ts";
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

/** Reads a whole object. Undefined if it is missing, or if it has more bytes than `maxBytes`. */
export async function readSmallObject(
  config: Pick<StoreSettings, "r2">,
  key: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return readR2(config, async (r2) => {
    const object = await r2.get(key);
    if (!object) return undefined;
    if (object.size <= maxBytes) return new Uint8Array(await object.arrayBuffer());
    await object.body.cancel();
    logFailure(`${key} is too large`, { bytes: object.size, maxBytes });
    return undefined;
  });
}
