import { randomBytes } from "node:crypto";
import { gzip } from "../../../image/compression/gzip.ts";
import { encodeBundle } from "../../../image/bundles/bundle-record.ts";
import { distinctManifests, type ImageManifests } from "../../../image/description/manifest.ts";
import { layerListJson } from "../../../image/layers/layer-list.ts";
import { imageList } from "../../../image/lists/image-list.ts";
import { encodeTree } from "../../../image/trees/tree-record.ts";
import { attachmentsOf } from "../../../image/trust/attachments.ts";
import { decodeTrust } from "../../../image/trust/trust-file.ts";
import { trustId } from "../../../image/trust/trust-id.ts";
import { publish } from "../../../origin/builds/publish.ts";
import { writeList } from "../../../origin/builds/stored-list.ts";
import { closureRecordJson } from "../../../origin/closures/closure-record.ts";
import { indexedRefJson } from "../../../origin/index/indexed-ref.ts";
import { createOwnEntries } from "../../../origin/index/own-entries.ts";
import { writeIndex } from "../../../origin/index/write-index.ts";
import type { KvIndex } from "../../../origin/stores/kv-index.ts";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import { putRecord, putText, readBytes } from "../../../origin/stores/object-store.ts";
import { attachedRecordJson } from "../../../protocol/attached-record.ts";
import { PROBE_KEY } from "../../../protocol/deployment-check.ts";
import { digestOf } from "../../../protocol/digest.ts";
import type { ImageContents } from "../../../protocol/image-contents.ts";
import { imageRecordJson } from "../../../protocol/image-record.ts";
import type { Descriptor } from "../../../protocol/manifest.ts";
import { refRecordJson } from "../../../protocol/ref-record.ts";
import { requestRecordJson } from "../../../protocol/request-record.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { NEVER_SWEPT, SWEEP_STATE_KEY, sweepStateJson } from "../../../protocol/sweep-state.ts";
import { BUNDLE } from "../../image/bundles/bundles.ts";
import { treeWith } from "../../image/trees/entries.ts";
import { CONTENTS, DESCRIBED, GIT, KEY, openOrigin, REVISION, storeImage } from "../trust/trusted-images.ts";

export const HASH = "f".repeat(64);
const PREFIX = await keys.revisionIndexPrefix({ settings: "s", revision: REVISION });
export const INDEX = keys.platformIndexPrefix(PREFIX, "x86_64-linux");
export const PATH_HASH = "0".repeat(32);
const NEVER = new AbortController().signal;
const LAYER_BYTES = 50;

/** The keys of what `fillStores` writes. */
export interface SmallRegistry {
  readonly layers: readonly [Descriptor, Descriptor];
  readonly image: ImageManifests;
  readonly list: ImageManifests;
  readonly tag: string;
  readonly listTag: string;
  readonly trust: string;
}

interface Stores {
  readonly store: ObjectStore;
  readonly index: KvIndex;
}

/** Writes one object of each kind at least, as the programs do: an image, a list, signatures and all facts. */
export async function fillStores({ store, index }: Stores): Promise<SmallRegistry> {
  const layers: SmallRegistry["layers"] = [await putLayer(store), await putLayer(store)];
  const image = await putImage(store, layers);
  const list = await imageList([{ architecture: "amd64", manifests: image.manifests, spdx: undefined }], []);
  await writeList(store, list);
  const { request } = image;
  const listRequest = { ...request, architecture: "amd64+arm64" } as const;
  for (const [each, manifests] of [[request, image.manifests] as const, [listRequest, list.manifests] as const]) {
    const record = { manifests: digestsOf(manifests), revision: REVISION, resolvedAt: "2026-01-01T00:00:00.000Z" };
    await publish({ store, index }, each, distinctManifests(manifests), record);
  }
  await putRecords(store, layers, image.manifests);
  await putIndexes(store);
  const { oci } = image.manifests;
  return {
    layers,
    image: image.manifests,
    list: list.manifests,
    tag: await keys.storedTagKey(request),
    listTag: await keys.storedTagKey(listRequest),
    trust: keys.trustKey(await trustId(oci.digest, oci.json)),
  };
}

async function putLayer(store: ObjectStore): Promise<Descriptor> {
  const bytes = Uint8Array.from(randomBytes(LAYER_BYTES));
  const digest = await digestOf(bytes);
  await store.put(keys.blobKey(digest), { kind: "bytes", bytes }, { contentType: "application/octet-stream" });
  return { digest, size: bytes.length };
}

/** Writes a signed image, and what the Worker unpacks for clients. */
async function putImage(store: ObjectStore, layers: readonly Descriptor[]) {
  const contents: ImageContents = {
    ...CONTENTS,
    layers: layers.map((layer) => ({ ...layer, description: "", paths: [0] })),
  };
  const image = await storeImage(store, { contents });
  await openOrigin(store, { keys: [KEY] })
    .trust.begin({ ...image, contents, described: DESCRIBED })
    .finish();
  const { oci } = image.manifests;
  const file = await readBytes(store, keys.trustKey(await trustId(oci.digest, oci.json)), LAYER_BYTES * 1_000_000);
  const record = file && (await decodeTrust(file));
  for (const { subject, artifacts, referrers } of record ? await attachmentsOf(record) : []) {
    for (const { digest, json } of artifacts.flatMap(({ blobs }) => blobs))
      await putText(store, keys.blobKey(digest), json, "application/octet-stream");
    for (const { digest, json, mediaType } of [...artifacts.map(({ manifest }) => manifest), referrers])
      await putText(store, keys.manifestKey(digest), json, mediaType);
    const attached = attachedRecordJson({ etag: "e", referrers: referrers.digest });
    await putRecord(store, keys.attachedKey(subject.digest), attached);
  }
  return image;
}

async function putRecords(store: ObjectStore, layers: SmallRegistry["layers"], image: ImageManifests): Promise<void> {
  const [first, second] = layers.map((layer) => ({ ...layer, diffId: layer.digest }));
  if (!first || !second) throw new Error("an image has two layers");
  const listed = { ...first, hash: HASH, seenAt: 0 };
  await putRecord(store, keys.LAYER_LIST_KEY, layerListJson({ store: "s", layers: [listed] }));
  await putRecord(store, keys.layerKey(HASH), second);
  await putRecord(store, keys.imageKey(HASH), imageRecordJson({ manifests: digestsOf(image), seenAt: 0 }));
  await putRecord(store, keys.requestKey(HASH), requestRecordJson(HASH));
  const path = { path: GIT, narSize: 1, narHash: undefined, references: [] };
  await putRecord(store, keys.closurePathsKey(PATH_HASH), closureRecordJson([path]));
  const tree = await encodeTree(treeWith({ "bin/git": { program: "#!" } }));
  await store.put(keys.treeKey(PATH_HASH), { kind: "bytes", bytes: tree }, { contentType: "application/gzip" });
  const solos = new Map([...BUNDLE.solos].map(([name]) => [name, first] as const));
  const rests = new Map([...BUNDLE.rests].map(([hash]) => [hash, second] as const));
  const bytes = await encodeBundle({ ...BUNDLE, solos, rests });
  if (!bytes) throw new Error("the bundle is too large");
  await store.put(keys.bundleKey(HASH), { kind: "bytes", bytes }, { contentType: "application/octet-stream" });
  await putRecord(store, SWEEP_STATE_KEY, sweepStateJson(NEVER_SWEPT));
  await putText(store, PROBE_KEY, "0".repeat(32), "text/plain");
  await store.put(
    keys.pulledKey(image.oci.digest),
    { kind: "bytes", bytes: new Uint8Array() },
    { contentType: "application/octet-stream" },
  );
}

async function putIndexes(store: ObjectStore): Promise<void> {
  const entry = { kind: "package", attribute: "git", paths: [GIT] } as const;
  await writeIndex(store, INDEX, { entries: new Map([["git", entry]]), sets: new Map([["", ["git"]]]) }, NEVER);
  await createOwnEntries(store, Date.now)(INDEX, "perlpackages.dbi", { kind: "unsuitable" });
  await putRecord(store, await keys.indexedRefKey("s", "main"), indexedRefJson(REVISION));
  const shape = { format: 1, maxStoreLayers: 100, compression: "gzip", popularity: HASH } as const;
  const ref = { revision: REVISION, resolvedAt: "2026-01-01T00:00:00.000Z", index: PREFIX, shape };
  await putRecord(store, await keys.refKey("s", "main"), refRecordJson({ ...ref, maxImageBytes: 1, evaluation: {} }));
  const list = await gzip(
    new TextEncoder().encode(JSON.stringify({ source: "s", revision: REVISION, packages: [["git", "2", ""]] })),
  );
  await store.put(
    await keys.packageIndexKey("s"),
    { kind: "bytes", bytes: list },
    { contentType: "application/json", contentEncoding: "gzip" },
  );
}

export function digestsOf({ oci, docker }: ImageManifests) {
  return { oci: oci.digest, docker: docker.digest };
}
