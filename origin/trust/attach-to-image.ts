import type { ImageManifests, Manifest } from "../../image/description/manifest.ts";
import { describeContent, jsonContent } from "../../image/referrers/json-content.ts";
import { digestHex } from "../../protocol/digest.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { allDone } from "../system/all-done.ts";
import {
  attachedBy,
  type AttachedState,
  keysMetadata,
  lastKey,
  readAttached,
  readReferrers,
} from "./attached-state.ts";
import {
  documentAttachments,
  type NamedObject,
  signatureAttachments,
  type Subject,
  withReferrers,
} from "./attachments.ts";
import type { ImageDocuments } from "./image-documents.ts";
import type { ManifestWriter } from "./manifest-writer.ts";
import type { SigningKeys } from "./signing-keys.ts";
import { storedDocuments } from "./stored-documents.ts";

export interface AttachContext {
  readonly store: ObjectStore;
  readonly writer: ManifestWriter;
  /** Undefined if nothing is signed. */
  readonly keys: SigningKeys | undefined;
}

export interface ImageToAttach {
  readonly manifests: ImageManifests;
  /** Host and repository. */
  readonly reference: string;
  /** Makes the documents of an image that has none. Undefined if nobody knows what is in the image. */
  readonly documents: () => Promise<ImageDocuments | undefined>;
}

/** Writes the names that lead to the attachments of an image. */
export type WriteNames = () => Promise<void>;

/**
 * Makes the attachments of an image: its documents, and signatures of both of its manifests. Writes their blobs and
 * manifests. Undefined if the image has all of them already, by the current key. Throws `StoreError`.
 */
export async function attachToImage(context: AttachContext, image: ImageToAttach): Promise<WriteNames | undefined> {
  const { store, writer, keys } = context;
  const { oci, docker } = image.manifests;
  const by = await attachedBy(store, oci.digest, keys?.[0].keyId);
  if (by === "done") return undefined;
  const others = keys && docker.digest !== oci.digest ? [docker] : [];
  const made = await Promise.all([
    attachToOci(context, image, await subjectOf(store, oci, by)),
    ...others.map(async (manifest) => signManifest(context, image, await subjectOf(store, manifest, by))),
  ]);
  await writer.write(made.flatMap(({ manifests }) => manifests));
  const names = made.flatMap((each) => each.names);
  return () => writeNames(context, names, lastKey(oci.digest, keys?.[0].keyId));
}

/** The documents that the image has already stay. */
async function attachToOci(context: AttachContext, image: ImageToAttach, oci: Subject) {
  const documents = (await storedDocuments(context.store, oci.state.referrers)) ?? (await image.documents());
  const described = documents ? [await documentAttachments(oci, documents, context.keys)] : [];
  return withReferrers(oci, [...described, ...(await signaturesOf(context, image, oci))]);
}

/** Documents are about the OCI manifest alone. The other one is the same image for old clients. */
async function signManifest(context: AttachContext, image: ImageToAttach, subject: Subject) {
  return withReferrers(subject, await signaturesOf(context, image, subject));
}

async function signaturesOf({ keys: signers }: AttachContext, { reference }: ImageToAttach, subject: Subject) {
  return signers ? [await signatureAttachments({ ...subject, reference, signers })] : [];
}

async function subjectOf(store: ObjectStore, manifest: Manifest, by: "none" | "other"): Promise<Subject> {
  const { digest, mediaType, json } = manifest;
  const content = await jsonContent(mediaType, json);
  if (content.digest !== digest) throw new Error(`the manifest ${digestHex(digest)} has other bytes`);
  return { subject: describeContent(content), state: await stateOf(store, manifest, by) };
}

/** If no key has signed the image, it has no manifests of cosign 2. It may have documents. */
async function stateOf(store: ObjectStore, { digest }: Manifest, by: "none" | "other"): Promise<AttachedState> {
  if (by === "other") return readAttached(store, digest);
  return { referrers: await readReferrers(store, digest), signatures: [], attestations: [] };
}

/** The last name stands for all: the image counts as signed from then on. */
async function writeNames({ store, keys }: AttachContext, names: readonly NamedObject[], last: string): Promise<void> {
  const metadata = keys && keysMetadata(keys.map(({ keyId }) => keyId));
  const put = ({ key, text, contentType }: NamedObject) => {
    const bytes = new TextEncoder().encode(text);
    return store.put(key, { kind: "bytes", bytes }, { contentType, ...(metadata && { metadata }) });
  };
  await allDone(names.filter(({ key }) => key !== last).map(put));
  await allDone(names.filter(({ key }) => key === last).map(put));
}
