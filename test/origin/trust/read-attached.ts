import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import { BUNDLE_MEDIA_TYPE } from "../../../image/referrers/artifact-types.ts";
import { parseReferrersIndex, type ReferrerEntry } from "../../../image/referrers/referrers-index.ts";
import { parsePublicKeys } from "../../../image/signing-keys/public-key.ts";
import type { PublicKey } from "../../../image/signing-keys/public-key.ts";
import type { Policy } from "../../../image/verification/policy.ts";
import type { ReadBlob } from "../../../image/verification/read-content.ts";
import { verifyBundleArtifact } from "../../../image/verification/verify-bundle.ts";
import { verifyCosignAttestations, verifyCosignSignatures } from "../../../image/verification/verify-cosign.ts";
import { readText, type ObjectStore } from "../../../origin/stores/object-store.ts";
import { parseArtifactManifest } from "../../../protocol/artifact-manifest.ts";
import { parseAttachedRecord } from "../../../protocol/attached-record.ts";
import type { Digest } from "../../../protocol/digest.ts";
import { attachedKey, blobKey, manifestKey, PUBLIC_KEYS_KEY, referrersKey } from "../../../protocol/storage-keys.ts";

const MAX_LENGTH = 10_000_000;

/** Reads an object that must be there. */
export async function mustRead(store: ObjectStore, key: string): Promise<string> {
  const text = await readText(store, key, MAX_LENGTH);
  if (text === undefined) throw new Error(`${key} is missing`);
  return text;
}

export async function referrersOf(store: ObjectStore, image: Digest): Promise<readonly ReferrerEntry[]> {
  const entries = parseReferrersIndex(await mustRead(store, referrersKey(image)));
  if (!entries) throw new Error("the list of referrers is malformed");
  return entries;
}

/** The referrers that are no bundles of signatures. */
export async function documentsOf(store: ObjectStore, image: Digest): Promise<readonly ReferrerEntry[]> {
  return (await referrersOf(store, image)).filter(({ artifactType }) => artifactType !== BUNDLE_MEDIA_TYPE);
}

/** The document of a referrer. */
export async function documentOf(store: ObjectStore, { digest }: ReferrerEntry): Promise<string> {
  const [layer] = parseArtifactManifest(await mustRead(store, manifestKey(digest)))?.layers ?? [];
  if (!layer) throw new Error("the referrer has no document");
  return mustRead(store, blobKey(layer.digest));
}

export async function publishedKeys(store: ObjectStore): Promise<readonly PublicKey[]> {
  return parsePublicKeys(await mustRead(store, PUBLIC_KEYS_KEY));
}

/** The types of statements that hold for an image, by the key alone, in each form. Throws if one does not hold. */
export async function verifiedTypes(store: ObjectStore, image: Digest, key: PublicKey) {
  const policy: Policy = { image, keys: [{ key }], nowMs: Date.now() };
  const readBlob: ReadBlob = async ({ digest }) =>
    Uint8Array.from(new TextEncoder().encode(await mustRead(store, blobKey(digest))));
  const manifestAt = async (kind: "signatures" | "attestations") => {
    const digest = parseAttachedRecord(JSON.parse(await mustRead(store, attachedKey(attachedTag(kind, image)))));
    if (!digest) throw new Error("the record of the tag is malformed");
    return mustRead(store, manifestKey(digest));
  };
  const signatures = await verifyCosignSignatures(await manifestAt("signatures"), readBlob, policy);
  const entries = (await referrersOf(store, image)).filter(({ artifactType }) => artifactType === BUNDLE_MEDIA_TYPE);
  const bundles = await Promise.allSettled(
    entries.map(async ({ digest }) =>
      verifyBundleArtifact(await mustRead(store, manifestKey(digest)), readBlob, policy),
    ),
  );
  return {
    signatures: signatures.length,
    bundles: bundles.flatMap((each) => (each.status === "fulfilled" ? each.value.predicateType : [])).toSorted(),
    attestations: async () =>
      (await verifyCosignAttestations(await manifestAt("attestations"), readBlob, policy))
        .map(({ predicateType }) => predicateType)
        .toSorted(),
  };
}
