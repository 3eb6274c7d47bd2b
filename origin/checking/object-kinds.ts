import { MAX_BUNDLE_BYTES } from "../../image/bundles/bundle-record.ts";
import { MAX_LAYER_LIST_BYTES } from "../../image/layers/layer-list.ts";
import { MAX_OBJECT_BYTES, MAX_SMALL_BYTES } from "../../image/names/index-format.ts";
import { TREE_LIMITS } from "../../image/trees/tree.ts";
import { MAX_TRUST_FILE_BYTES } from "../../image/trust/trust-file.ts";
import { digestHex } from "../../protocol/digest.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { nameShardKey, platformIndexPrefix } from "../../protocol/storage-keys.ts";
import type { StoredKey, StoredKind } from "../../protocol/stored-key.ts";
import { SWEEP_STATE_KEY } from "../../protocol/sweep-state.ts";
import { MAX_RECORD_BYTES as MAX_CLOSURE_BYTES } from "../closures/closure-record.ts";
import { inspectManifest } from "./inspect-manifest.ts";
import * as packed from "./inspect-packed.ts";
import * as records from "./inspect-records.ts";
import { type Inspection } from "./inspection.ts";

/** How the bytes of an object are checked. */
export interface ObjectCheck {
  /** Readers take no more. */
  readonly maxBytes: number;
  readonly inspect: (bytes: Uint8Array<ArrayBuffer>) => Inspection | Promise<Inspection>;
}

const RECORD_BYTES = 65_536;
/** A list of a hundred thousand packages has 5 MB. */
const LIST_BYTES = 33_554_432;
const CONTENTS_BYTES = 16_777_216;

type PlainKind = Exclude<StoredKind, "blob" | "manifest" | "name-index" | "collection" | "pulled" | "probe">;

const CHECKS: Readonly<Record<PlainKind, ObjectCheck>> = {
  contents: { maxBytes: CONTENTS_BYTES, inspect: records.inspectContents },
  attached: { maxBytes: RECORD_BYTES, inspect: records.inspectAttached },
  trust: { maxBytes: MAX_TRUST_FILE_BYTES, inspect: packed.inspectTrust },
  image: { maxBytes: RECORD_BYTES, inspect: records.inspectImageRecord },
  request: { maxBytes: RECORD_BYTES, inspect: records.inspectRequest },
  bundle: { maxBytes: MAX_BUNDLE_BYTES, inspect: packed.inspectBundle },
  layer: { maxBytes: RECORD_BYTES, inspect: records.inspectOldLayer },
  closure: { maxBytes: MAX_CLOSURE_BYTES, inspect: records.inspectClosure },
  tree: { maxBytes: TREE_LIMITS.bytes, inspect: packed.inspectTree },
  tag: { maxBytes: RECORD_BYTES, inspect: records.inspectTag },
  ref: { maxBytes: RECORD_BYTES, inspect: records.inspectRef },
  "indexed-ref": { maxBytes: RECORD_BYTES, inspect: records.inspectIndexedRef },
  "package-index": { maxBytes: LIST_BYTES, inspect: packed.inspectPackageIndex },
  "layer-list": { maxBytes: MAX_LAYER_LIST_BYTES, inspect: records.inspectLayerList },
  "public-keys": { maxBytes: RECORD_BYTES, inspect: packed.inspectPublicKeys },
};

/** How a small object is checked. Undefined for a blob, which is read as a stream, and for what holds no record. */
export function checkOf(key: string, stored: StoredKey): ObjectCheck | undefined {
  const { kind } = stored;
  if (kind === "blob" || kind === "pulled" || kind === "probe") return undefined;
  if (kind === "manifest") {
    const hex = digestHex(stored.digest);
    return { maxBytes: MAX_MANIFEST_BYTES, inspect: (bytes) => inspectManifest(hex, bytes) };
  }
  if (kind === "name-index") return indexCheck(key, stored.prefix);
  if (kind !== "collection") return CHECKS[kind];
  return key === SWEEP_STATE_KEY ? { maxBytes: LIST_BYTES, inspect: records.inspectSweepState } : undefined;
}

/** `prefix`: that of a revision. A system and an object follow, such as `x86_64-linux/shard-0f`. */
function indexCheck(key: string, prefix: string): ObjectCheck {
  const [system = "", object = ""] = key.slice(prefix.length).split("/");
  if (object === "names") return { maxBytes: MAX_OBJECT_BYTES, inspect: packed.inspectSetNames };
  return { maxBytes: MAX_SMALL_BYTES, inspect: smallCheck(key, platformIndexPrefix(prefix, system), object) };
}

function smallCheck(key: string, prefix: string, object: string): ObjectCheck["inspect"] {
  if (object === "meta") return packed.inspectIndexMeta;
  if (object === "own") return packed.inspectOwnEntry(key, prefix);
  return packed.inspectShard(key.slice(nameShardKey(prefix, "").length));
}
