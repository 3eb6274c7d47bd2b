import type { Digest } from "../../protocol/digest.ts";
import type { TraceContext } from "../../protocol/trace-context.ts";
import type { Config } from "../environment.ts";
import type { Found } from "./fetch-blob.ts";

interface Asking {
  readonly waitMs: number;
  readonly trace: TraceContext;
}

/** Has a blob that R2 does not have copied there, once for all who ask. Null when that goes on after `waitMs`. */
export function askForBlob({ lostBlobs }: Config, digest: Digest, { waitMs, trace }: Asking): Promise<Found | null> {
  return lostBlobs.getByName(digest).restore(digest, waitMs, trace);
}
