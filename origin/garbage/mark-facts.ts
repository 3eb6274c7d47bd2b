import { hash } from "node:crypto";
import pLimit from "p-limit";
import { storePathHash } from "../../image/closure/store-path.ts";
import { decodeBundle, MAX_BUNDLE_BYTES } from "../../image/bundles/bundle-record.ts";
import type { Bundle } from "../../image/bundles/bundle.ts";
import { MAX_LAYER_LIST_BYTES, parseLayerList } from "../../image/layers/layer-list.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { parseImageRecord } from "../../protocol/image-record.ts";
import { parseRefRecord } from "../../protocol/ref-record.ts";
import { oldRequestRecordJson, requestRecordJson } from "../../protocol/request-record.ts";
import { LAYER_LIST_KEY, revisionWord } from "../../protocol/storage-keys.ts";
import { parseIndexedRef } from "../index/indexed-ref.ts";
import { isYoung } from "./collection-times.ts";
import { listKind, type OwnObject } from "./listed-objects.ts";
import type { Marking } from "./marking.ts";
import type { Marks } from "./marks.ts";
import { orMissing, readParsed, readWhole, Unreadable } from "./read-object.ts";

/** Bytes of a record without a list. */
const MAX_RECORD_BYTES = 65_536;
/** A bundle may take 16 MB of memory. */
const BUNDLES_AT_ONCE = 4;

/** The list of layers is always kept, and the layers in it. */
export async function markLayerList({ store, marks, problems }: Marking): Promise<void> {
  const record = { key: LAYER_LIST_KEY, maxBytes: MAX_LAYER_LIST_BYTES };
  const list = await readParsed(store, record, parseLayerList).catch(problems.note);
  for (const { digest } of list?.layers ?? []) marks.blobs.add(digestHex(digest));
}

/** A bundle is kept if it is young, or if a kept image has its package. The images must be marked before. */
export async function markBundles(marking: Marking): Promise<void> {
  const limit = pLimit(BUNDLES_AT_ONCE);
  for await (const page of listKind(marking.store, "bundle")) {
    await Promise.all(page.map((listed) => limit(() => markBundle(marking, listed).catch(marking.problems.note))));
    await marking.alive();
  }
}

async function markBundle(marking: Marking, { key, parsed, modifiedAt }: OwnObject<"bundle">): Promise<void> {
  const { store, marks, now, since, times } = marking;
  if (modifiedAt < since && marks.bundles.has(parsed.hash)) return;
  const young = isYoung(modifiedAt, now, times.keepMs);
  const bytes = await readWhole(store, key, MAX_BUNDLE_BYTES);
  const bundle = bytes && (await decodeBundle(bytes));
  // An old one that nobody can read has no reader either.
  if (bytes && !bundle && young) throw new Unreadable(key);
  if (!bundle || !(young || isInUse(marking, bundle))) return;
  marks.bundles.add(parsed.hash);
  for (const { digest } of [...bundle.solos.values(), ...bundle.rests.values()]) marks.blobs.add(digestHex(digest));
}

/** Whether a kept image has the package: one of the store paths that no other path of the bundle needs. */
function isInUse({ marks }: Marking, { closure }: Bundle): boolean {
  const needed = new Set(closure.flatMap(({ path, references }) => references.filter((other) => other !== path)));
  return closure.some(({ path }) => !needed.has(path) && marks.names.has("store-path", storePathHash(path)));
}

/** An image record is kept if its manifests are. No manifest gets a mark after that. */
export async function markImages(marking: Marking): Promise<void> {
  const { store, marks, now, times, reads } = marking;
  const markOne = async ({ key, parsed, modifiedAt }: OwnObject<"image">) => {
    const record = await readParsed(store, { key, maxBytes: MAX_RECORD_BYTES }, parseImageRecord).catch(orMissing);
    const { oci, docker } = record?.manifests ?? {};
    const isKept = (digest: Digest | undefined) => digest !== undefined && marks.manifests.has(digestHex(digest));
    // A newer origin may read one that we cannot read.
    if (record ? isKept(oci) && isKept(docker) : isYoung(modifiedAt, now, times.keepMs)) markImage(marks, parsed.hash);
  };
  for await (const page of listKind(store, "image")) {
    await Promise.all(page.map((listed) => reads(() => markOne(listed))));
    await marking.alive();
  }
}

/** `image`: its closure hash. */
function markImage(marks: Marks, image: string): void {
  marks.images.add(image);
  for (const record of [requestRecordJson(image), oldRequestRecordJson(image)])
    marks.requests.add(hash("md5", JSON.stringify(record)));
}

/** An index of names is kept if it is young, or if a kept ref names it. */
export async function markIndexes(marking: Marking): Promise<void> {
  const { store, marks, now, times } = marking;
  const { names } = marks;
  const young = (modifiedAt: number) => isYoung(modifiedAt, now, times.keepMs);
  for await (const page of listKind(store, "ref"))
    for (const { key, parsed, modifiedAt } of page) {
      if (!young(modifiedAt) && !names.has("source-tag", `${parsed.source}/${parsed.ref}`)) continue;
      const record = await readParsed(store, { key, maxBytes: MAX_RECORD_BYTES }, parseRefRecord).catch(orMissing);
      if (record) names.add("index", record.index);
    }
  for await (const page of listKind(store, "indexed-ref"))
    for (const { key, parsed, modifiedAt } of page) {
      if (!young(modifiedAt) && !names.has("tag", parsed.ref)) continue;
      const revision = await readParsed(store, { key, maxBytes: MAX_RECORD_BYTES }, parseIndexedRef).catch(orMissing);
      if (revision !== undefined) names.add("index", `index/${parsed.settings}/${await revisionWord(revision)}/`);
    }
  for await (const page of listKind(store, "name-index")) {
    for (const { parsed, modifiedAt } of page) if (young(modifiedAt)) names.add("index", parsed.prefix);
    await marking.alive();
  }
}
