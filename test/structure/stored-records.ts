import { encodeBundle } from "../../image/bundles/bundle-record.ts";
import { gunzip, gzip } from "../../image/compression/gzip.ts";
import { joinBytes } from "../../image/compression/join-bytes.ts";
import { FORMAT_VERSION } from "../../image/layers/format-version.ts";
import { layerListJson } from "../../image/layers/layer-list.ts";
import { encodeTree } from "../../image/trees/tree-record.ts";
import { encodeTrust } from "../../image/trust/trust-file.ts";
import { closureRecordJson } from "../../origin/closures/closure-record.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import { imageContentsJson } from "../../protocol/image-contents.ts";
import { imageRecordJson } from "../../protocol/image-record.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { refRecordJson } from "../../protocol/ref-record.ts";
import { requestRecordJson } from "../../protocol/request-record.ts";
import { NEVER_SWEPT, sweepStateJson } from "../../protocol/sweep-state.ts";
import { tagRecordJson } from "../../protocol/tag-record.ts";
import { attachedRecordJson } from "../../protocol/attached-record.ts";
import { BUNDLE } from "../image/bundles/bundles.ts";
import { pathOf } from "../image/layers/grouping.ts";
import { treeWith } from "../image/trees/entries.ts";
import { SIGNED } from "../image/trust/records.ts";

const DIGEST = sha256Digest("1".repeat(64));
const HASH = "2".repeat(64);
const TIME = "2026-11-01T00:00:00.000Z";
const MAX_BYTES = 1_048_576;
const SEAL_BYTES = 32;
const LENGTH_BYTES = 4;

const MANIFESTS = { oci: DIGEST, docker: DIGEST };

/** One whole record of each kind, as this release writes it. */
export const TAG = tagRecordJson({ manifests: MANIFESTS, revision: "r1", resolvedAt: TIME });
export const IMAGE = imageRecordJson({ manifests: MANIFESTS, seenAt: 1 });
export const REQUEST = requestRecordJson(HASH);
export const CONTENTS = imageContentsJson({ packages: [], paths: [], layers: [] });
export const LAYER_LIST = layerListJson({ store: "s", layers: [] });
export const ATTACHED = attachedRecordJson({ etag: "e", referrers: DIGEST });
export const SWEEP_STATE = sweepStateJson(NEVER_SWEPT);
export const PATHS = closureRecordJson([
  { path: pathOf("git"), narSize: 1, narHash: HASH, references: [], cache: undefined },
]);
export const REF = refRecordJson({
  revision: "r1",
  resolvedAt: TIME,
  index: "index/0123456789abcdef/r1/",
  shape: { format: FORMAT_VERSION, maxStoreLayers: 100, compression: "gzip", popularity: HASH },
  maxImageBytes: 1,
  evaluation: {},
});

/** A JSON object as gzip, as in an index of names. */
export function packed(members: object): Promise<Uint8Array<ArrayBuffer>> {
  return gzip(Uint8Array.from(new TextEncoder().encode(JSON.stringify(members))));
}

/** The version of a tree is its first byte. */
export async function tree(version = 0): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await unpacked(await encodeTree(treeWith({ file: "text" })));
  bytes[0] = version;
  return gzip(bytes);
}

export async function trust(version: number | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await unpacked(await encodeTrust(SIGNED));
  return packed({ ...parseJsonObject(new TextDecoder().decode(bytes)), version });
}

/** A hash, then gzip: the length of the JSON, the JSON, and the trees. */
export async function bundle(version: number | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await unpacked((await encodeBundle(BUNDLE))?.slice(SEAL_BYTES));
  const end = LENGTH_BYTES + new DataView(bytes.buffer).getUint32(0);
  const members = parseJsonObject(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, end)));
  const json = new TextEncoder().encode(JSON.stringify({ ...members, version }));
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, json.length);
  const body = await gzip(joinBytes([length, json, bytes.subarray(end)]));
  return joinBytes([new Uint8Array(await crypto.subtle.digest("SHA-256", body)), body]);
}

async function unpacked(bytes: Uint8Array | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const plain = bytes && (await gunzip(bytes, MAX_BYTES));
  if (!plain) throw new Error("a record could not be written");
  return plain;
}
