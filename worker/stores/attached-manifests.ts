import { type AttachedKind, parseAttachedTag } from "../../image/referrers/attached-tags.ts";
import { parseAttachedRecord } from "../../protocol/attached-record.ts";
import type { Digest } from "../../protocol/digest.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { attachedKey } from "../../protocol/storage-keys.ts";
import { logFailure } from "../answers/errors.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { findManifest, type Manifest } from "./manifests.ts";
import { readSmallObject } from "./r2.ts";
import { findReferrers } from "./referrers.ts";
import type { StoreSettings } from "./store-settings.ts";

/** A record has a version and a digest. Bytes. */
const MAX_RECORD_BYTES = 1024;

type AttachedContext = RequestContext<StoreSettings>;

/**
 * The manifest that a tag beside an image names, such as `sha256-<hex>.sig`. Undefined if there is none, or if its record
 * is damaged. Throws `UNAVAILABLE` if R2 fails. Builds nothing.
 */
export async function findAttached(context: AttachedContext, tag: string): Promise<Manifest | undefined> {
  const attached = parseAttachedTag(tag);
  switch (attached?.kind) {
    case "signatures":
    case "attestations": {
      const digest = await ask(context, () => readRecord(context.config, attachedKey(tag)));
      return digest && findManifest(context, digest);
    }
    case "referrers":
      return (await ask(context, () => findReferrers(context.config, attached.subject)))?.list;
    case "sbom":
    case undefined:
      return undefined;
  }
}

/** The look-up of a tag has a name of its own in `Server-Timing`. */
async function ask<T>({ tiers }: AttachedContext, read: () => Promise<T>): Promise<T> {
  return tiers.ask("r2", read, { name: "tag-r2" });
}

async function readRecord(config: StoreSettings, key: string): Promise<Digest | undefined> {
  const bytes = await readSmallObject(config, key, MAX_RECORD_BYTES);
  if (!bytes) return undefined;
  const digest = parseAttachedRecord(parseJsonObject(new TextDecoder().decode(bytes)));
  if (digest === undefined) logFailure(`the record ${key} is damaged, or of another version`, undefined);
  return digest;
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
