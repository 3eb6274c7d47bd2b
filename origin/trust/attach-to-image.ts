import { type ImageManifests, distinctManifests } from "../../image/description/manifest.ts";
import { describeContent, jsonContent } from "../../image/referrers/json-content.ts";
import type { ImageDocuments } from "../../image/trust/image-documents.ts";
import { signRecord, type Unsigned } from "../../image/trust/sign-record.ts";
import { decodeTrust, encodeTrust, MAX_TRUST_FILE_BYTES } from "../../image/trust/trust-file.ts";
import { trustId } from "../../image/trust/trust-id.ts";
import type { TrustRecord } from "../../image/trust/trust-record.ts";
import { digestHex } from "../../protocol/digest.ts";
import { trustKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, readBytes } from "../stores/object-store.ts";
import { allDone } from "../system/all-done.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface AttachContext {
  readonly store: ObjectStore;
  /** Undefined if nothing is signed. */
  readonly keys: SigningKeys | undefined;
}

export interface ImageToAttach {
  /** Of an image, or of a list of images. */
  readonly manifests: ImageManifests;
  /** Host and repository. */
  readonly reference: string;
  /** Makes the documents of an image that has none. Undefined if nobody knows what is in the image. */
  readonly documents: () => Promise<ImageDocuments | undefined>;
}

/**
 * `signed` and `described`: the record was written, with and without a signature. `undescribed`: it was written without the
 * documents, because they are too large. `known`: it was there before.
 */
export type Attached = "signed" | "described" | "undescribed" | "known";

/**
 * Writes the trust record of an image: its documents, and signatures of all its manifests. The documents that the image has
 * already stay: what is known of its store paths now may be less, or from another revision. Throws `StoreError`.
 */
export async function attachToImage({ store, keys }: AttachContext, image: ImageToAttach): Promise<Attached> {
  const subjects = await subjectsOf(image.manifests);
  const known = await readTrust(store, image.manifests);
  if (known && isDone(known, keys)) return "known";
  const documents = known?.documents ?? (await image.documents());
  if (!documents && !keys) return "known";
  const unsigned = { subjects, reference: image.reference, documents };
  const { file, isWhole } = await trustFile(unsigned, keys, known?.keys);
  const content = { kind: "bytes", bytes: file } as const;
  const trusted = await trustKeys(image.manifests);
  await allDone(trusted.map((key) => store.put(key, content, { contentType: "application/octet-stream" })));
  if (!isWhole) return "undescribed";
  return keys ? "signed" : "described";
}

/** Whether the current key has signed. Without a key, whether there are documents. */
function isDone(known: TrustRecord, keys: SigningKeys | undefined): boolean {
  const [current] = keys ?? [];
  return current ? known.keys.some(({ keyId }) => keyId === current.keyId) : known.documents !== undefined;
}

/** Reads the trust record of an image or a list. A damaged record counts as missing. Throws `StoreError`. */
export async function readTrust(store: ObjectStore, manifests: ImageManifests): Promise<TrustRecord | undefined> {
  const [key] = await trustKeys(manifests);
  const file = await readBytes(store, key, MAX_TRUST_FILE_BYTES);
  return file && decodeTrust(file);
}

/** Without the documents, if they are too large. */
async function trustFile(unsigned: Unsigned, keys: SigningKeys | undefined, former: TrustRecord["keys"] = []) {
  const file = await encodeTrust(await signRecord(unsigned, keys ?? [], former));
  if (file) return { file, isWhole: true };
  const small = await encodeTrust(await signRecord({ ...unsigned, documents: undefined }, keys ?? [], former));
  if (!small) throw new Error("the signatures of the image are too large");
  return { file: small, isWhole: false };
}

/** Documents are about the OCI manifest, which is the first. The other one is the same image for old clients. */
async function subjectsOf(manifests: ImageManifests): Promise<Unsigned["subjects"]> {
  const [oci, ...others] = await Promise.all(
    distinctManifests(manifests).map(async ({ mediaType, json, digest }) => {
      const content = await jsonContent(mediaType, json);
      if (content.digest !== digest) throw new Error(`the manifest ${digestHex(digest)} has other bytes`);
      return describeContent(content);
    }),
  );
  if (!oci) throw new Error("an image has a manifest");
  return [oci, ...others];
}

/** Both manifests of an image have the same id. The two lists of images have nothing in common, so each has a record. */
async function trustKeys({ oci, docker }: ImageManifests): Promise<readonly [string, ...string[]]> {
  const first = await trustId(oci.digest, oci.json);
  const second = await trustId(docker.digest, docker.json);
  return first === second ? [trustKey(first)] : [trustKey(first), trustKey(second)];
}
