import { BUNDLE_MEDIA_TYPE } from "../../../image/referrers/artifact-types.ts";
import { parseReferrersIndex, type ReferrerEntry } from "../../../image/referrers/referrers-index.ts";
import { parsePublicKeys } from "../../../image/signing-keys/public-key.ts";
import type { PublicKey } from "../../../image/signing-keys/public-key.ts";
import type { Policy } from "../../../image/verification/policy.ts";
import type { ReadBlob } from "../../../image/verification/read-content.ts";
import { verifyBundleArtifact } from "../../../image/verification/verify-bundle.ts";
import { verifyCosignAttestations, verifyCosignSignatures } from "../../../image/verification/verify-cosign.ts";
import { type Attachments, attachmentsOf } from "../../../image/trust/attachments.ts";
import { decodeTrust } from "../../../image/trust/trust-file.ts";
import { type ObjectStore, readBytes, readText } from "../../../origin/stores/object-store.ts";
import { parseArtifactManifest } from "../../../protocol/artifact-manifest.ts";
import type { Digest } from "../../../protocol/digest.ts";
import { trustId } from "../../../image/trust/trust-id.ts";
import { manifestKey, PUBLIC_KEYS_KEY, trustKey } from "../../../protocol/storage-keys.ts";

const MAX_LENGTH = 10_000_000;

/** Reads an object that must be there. */
export async function mustRead(store: ObjectStore, key: string): Promise<string> {
  const text = await readText(store, key, MAX_LENGTH);
  if (text === undefined) throw new Error(`${key} is missing`);
  return text;
}

/** What stands beside a manifest of an image, in the forms that clients read. */
export async function attachmentsBeside(store: ObjectStore, image: Digest): Promise<Attachments> {
  const key = trustKey(await trustId(image, await mustRead(store, manifestKey(image))));
  const file = await readBytes(store, key, MAX_LENGTH);
  const record = file && (await decodeTrust(file));
  const all = record ? await attachmentsOf(record) : [];
  const found = all.find(({ subject }) => subject.digest === image);
  if (!found) throw new Error(`nothing stands beside ${image}`);
  return found;
}

export async function referrersOf(store: ObjectStore, image: Digest): Promise<readonly ReferrerEntry[]> {
  const entries = parseReferrersIndex((await attachmentsBeside(store, image)).referrers.json);
  if (!entries) throw new Error("the list of referrers is malformed");
  return entries;
}

/** The referrers that are no bundles of signatures. */
export async function documentsOf(store: ObjectStore, image: Digest): Promise<readonly ReferrerEntry[]> {
  return (await referrersOf(store, image)).filter(({ artifactType }) => artifactType !== BUNDLE_MEDIA_TYPE);
}

/** The documents of an image, in the order of its referrers. */
export async function documentTexts(store: ObjectStore, image: Digest): Promise<readonly string[]> {
  const { artifacts } = await attachmentsBeside(store, image);
  return (await documentsOf(store, image)).map(({ digest }) => {
    const made = artifacts.find(({ manifest }) => manifest.digest === digest);
    const [layer] = parseArtifactManifest(made?.manifest.json ?? "")?.layers ?? [];
    return made?.blobs.find((blob) => blob.digest === layer?.digest)?.json ?? "";
  });
}

export async function publishedKeys(store: ObjectStore): Promise<readonly PublicKey[]> {
  return parsePublicKeys(await mustRead(store, PUBLIC_KEYS_KEY));
}

/** The types of statements that hold for an image, by the key alone, in each form. Throws if one does not hold. */
export async function verifiedTypes(store: ObjectStore, image: Digest, key: PublicKey) {
  const policy: Policy = { image, keys: [{ key }], nowMs: Date.now() };
  const attachments = await attachmentsBeside(store, image);
  const { artifacts } = attachments;
  const blobs = new Map(artifacts.flatMap((each) => each.blobs.map(({ digest, json }) => [digest, json])));
  const readBlob: ReadBlob = async ({ digest }) => Uint8Array.from(new TextEncoder().encode(blobs.get(digest)));
  const manifestAt = async (kind: "signatures" | "attestations") => {
    const manifest = attachments[kind];
    if (!manifest) throw new Error(`the image has no ${kind}`);
    return manifest.json;
  };
  const signatures = await verifyCosignSignatures(await manifestAt("signatures"), readBlob, policy);
  const entries = (await referrersOf(store, image)).filter(({ artifactType }) => artifactType === BUNDLE_MEDIA_TYPE);
  const bundles = await Promise.allSettled(
    entries.map(async ({ digest }) => {
      const made = artifacts.find(({ manifest }) => manifest.digest === digest);
      return verifyBundleArtifact(made?.manifest.json ?? "", readBlob, policy);
    }),
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
