import { PREDICATE_TYPES } from "../../image/attestations/predicate-types.ts";
import {
  BUNDLE_MEDIA_TYPE,
  BUNDLE_PREDICATE_ANNOTATION,
  SIGN_PREDICATE_TYPE,
} from "../../image/referrers/artifact-types.ts";
import type { ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import type { Policy } from "../../image/verification/policy.ts";
import type { ReadBlob } from "../../image/verification/read-content.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import { verifyBundleArtifact } from "../../image/verification/verify-bundle.ts";
import type { VerifiedAttestation } from "../../image/verification/verify-envelope.ts";
import type { Digest } from "../../protocol/digest.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json-object.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { IMAGE_DOCUMENTS, type ImageProvenance, type ImageTrust } from "../../protocol/web-api.ts";
import { logFailure } from "../answers/errors.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { findManifest } from "../stores/manifests.ts";
import { findPublicKeys } from "../stores/public-keys.ts";
import { readSmallObject } from "../stores/r2.ts";
import { findReferrers } from "../stores/referrers.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { entryOf } from "./documents.ts";

type TrustContext = RequestContext<StoreSettings>;

/** Each bundle costs two reads. An image has one signature and one provenance for each key, and two keys at most. */
const MAX_BUNDLES = 4;
/** The bundles that the page tells of. */
const SHOWN_TYPES: ReadonlySet<string | undefined> = new Set([SIGN_PREDICATE_TYPE, PREDICATE_TYPES.provenance]);

/**
 * What refers to an image, as its list of referrers says. Undefined if nothing does. A signature counts if it holds with
 * one of the registry's public keys.
 */
export async function findTrust(context: TrustContext, image: Digest): Promise<ImageTrust | undefined> {
  const referrers = await findReferrers(context, image);
  if (!referrers || referrers.entries.length === 0) return undefined;
  const { entries } = referrers;
  const verified = await verifiedBundles(context, image, entries);
  const signatures = verified.filter(({ predicateType }) => predicateType === SIGN_PREDICATE_TYPE);
  const stated = verified.find(({ predicateType }) => predicateType === PREDICATE_TYPES.provenance);
  const provenance = stated && provenanceIn(stated.predicate);
  return {
    keyIds: [...new Set(signatures.map(({ keyId }) => keyId))],
    documents: IMAGE_DOCUMENTS.filter((kind) => entryOf(entries, kind) !== undefined),
    ...(provenance && { provenance }),
  };
}

async function verifiedBundles(
  context: TrustContext,
  image: Digest,
  entries: readonly ReferrerEntry[],
): Promise<readonly VerifiedAttestation[]> {
  const bundles = entries
    .filter(({ artifactType }) => artifactType === BUNDLE_MEDIA_TYPE)
    .filter(({ annotations }) => SHOWN_TYPES.has(annotations?.[BUNDLE_PREDICATE_ANNOTATION]));
  const keys = bundles.length === 0 ? [] : await findPublicKeys(context.config);
  if (keys.length === 0) return [];
  const policy = { image, keys: keys.map((key) => ({ key })), nowMs: Date.now() };
  const verified = await Promise.all(bundles.slice(0, MAX_BUNDLES).map((entry) => verifyEntry(context, entry, policy)));
  return verified.filter((each) => each !== undefined);
}

/** Undefined for a bundle that is missing, or that does not hold. */
async function verifyEntry(
  context: TrustContext,
  { digest }: ReferrerEntry,
  policy: Policy,
): Promise<VerifiedAttestation | undefined> {
  const stored = await findManifest(context, digest);
  if (!stored) return undefined;
  const readBlob: ReadBlob = async (blob) =>
    (await readSmallObject(context.config, blobKey(blob.digest), MAX_MANIFEST_BYTES)) ?? null;
  try {
    return await verifyBundleArtifact(new TextDecoder().decode(stored.bytes), readBlob, policy);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    logFailure(`the bundle ${digest} does not hold`, error);
    return undefined;
  }
}

/** The members are those of `image/attestations/provenance.ts`. Undefined without a source. */
function provenanceIn(predicate: JsonObject): ImageProvenance | undefined {
  const definition = predicate["buildDefinition"];
  const parameters = isJsonObject(definition) ? definition["externalParameters"] : undefined;
  const { source, revision } = isJsonObject(parameters) ? parameters : {};
  if (typeof source !== "string") return undefined;
  return { source, ...(typeof revision === "string" && { revision }) };
}
