import { type AttachedKind, parseAttachedTag } from "../../image/referrers/attached-tags.ts";
import { OciError } from "../../protocol/oci-error.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { findAttachedRecord } from "./find-attached.ts";
import { findManifest, type Manifest } from "./manifests.ts";
import { findReferrers } from "./referrers.ts";
import type { StoreSettings } from "./store-settings.ts";

/**
 * The manifest that a tag beside an image names, such as `sha256-<hex>.sig`. Undefined if there is none. Throws
 * `UNAVAILABLE` if R2 fails. Builds nothing.
 */
export async function findAttached(context: RequestContext<StoreSettings>, tag: string): Promise<Manifest | undefined> {
  const attached = parseAttachedTag(tag);
  if (!attached || attached.kind === "sbom") return undefined;
  if (attached.kind === "referrers") return (await findReferrers(context, attached.subject))?.list;
  const digest = (await findAttachedRecord(context, attached.subject))?.[attached.kind];
  return digest && findManifest(context, digest);
}

const MISSING: Readonly<Record<AttachedKind, string>> = {
  referrers: "nothing refers to this image",
  signatures: "this image has no signature",
  attestations: "this image has no attestation",
  sbom: "this image has no bill of materials under such a tag",
};

/** The error for a tag beside an image that names nothing, or nothing that the client may see. */
export function attachedUnknown(tag: string): OciError {
  return new OciError("MANIFEST_UNKNOWN", MISSING[parseAttachedTag(tag)?.kind ?? "signatures"]);
}
