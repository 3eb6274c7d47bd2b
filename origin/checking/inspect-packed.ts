import { decodeBundle } from "../../image/bundles/bundle-record.ts";
import { gunzip } from "../../image/compression/gzip.ts";
import { memberObject, unpackObject, unpackSmall } from "../../image/names/index-format.ts";
import { parseEntry } from "../../image/names/index-entry.ts";
import { MAX_DIGITS, shardDigits } from "../../image/names/shard-digits.ts";
import { parsePublicKeys } from "../../image/signing-keys/public-key.ts";
import { decodeTree } from "../../image/trees/tree-record.ts";
import { decodeTrust } from "../../image/trust/trust-file.ts";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { parsePackageIndex } from "../../protocol/package-index.ts";
import { ownEntryKey } from "../../protocol/storage-keys.ts";
import { parseSetNames } from "../index/set-names.ts";
import { blobOf } from "./inspect-manifest.ts";
import { damaged, type Inspection, SOUND } from "./inspection.ts";

/** Checks the bytes of an object. */
type Inspect = (bytes: Uint8Array) => Promise<Inspection>;

/** Bytes of a list of packages after decompression. nixpkgs has some 12 MB. */
const MAX_LIST_BYTES = 134_217_728;

export async function inspectBundle(bytes: Uint8Array): Promise<Inspection> {
  const bundle = await decodeBundle(bytes);
  if (!bundle) return damaged("holds no bundle of a known version");
  return { names: [...bundle.solos.values(), ...bundle.rests.values()].map(blobOf) };
}

export async function inspectTree(bytes: Uint8Array): Promise<Inspection> {
  return (await decodeTree(bytes)) ? SOUND : damaged("holds no tree of a known version");
}

export async function inspectTrust(bytes: Uint8Array): Promise<Inspection> {
  return (await decodeTrust(bytes)) ? SOUND : damaged("holds no documents and signatures of a known version");
}

export async function inspectPublicKeys(bytes: Uint8Array): Promise<Inspection> {
  const keys = await parsePublicKeys(new TextDecoder().decode(bytes)).catch(() => undefined);
  return keys ? SOUND : damaged("holds no public keys");
}

export async function inspectPackageIndex(bytes: Uint8Array): Promise<Inspection> {
  const text = await gunzip(bytes, MAX_LIST_BYTES);
  const index = text && parsePackageIndex(parseJsonObject(new TextDecoder().decode(text)));
  return index ? SOUND : damaged("holds no list of packages");
}

export const inspectIndexMeta = small("meta of an index", ({ digits }) => {
  return typeof digits === "number" && Number.isInteger(digits) && digits >= 0 && digits <= MAX_DIGITS;
});

/** `digits`: those in the shard's key. */
export function inspectShard(digits: string): Inspect {
  return small("shard of an index", async (members) => {
    for (const [name, entry] of Object.entries(memberObject(members, "entries")))
      if (!parseEntry(name, entry) || (await shardDigits(name, digits.length)) !== digits) return false;
    return true;
  });
}

/** `key`: that of the entry. `prefix`: that of its index. */
export function inspectOwnEntry(key: string, prefix: string): Inspect {
  return small("entry of a name", async ({ name, entry }) => {
    if (typeof name !== "string" || !parseEntry(name, entry)) return false;
    return (await ownEntryKey(prefix, name)) === key;
  });
}

export async function inspectSetNames(bytes: Uint8Array): Promise<Inspection> {
  const object = await unpackObject(bytes);
  const sets = object && parseSetNames(memberObject(object.members, "sets"));
  return sets ? SOUND : damaged("holds no names of an index");
}

/** Checks a small object of an index of names. */
function small(what: string, isWhole: (members: JsonObject) => boolean | Promise<boolean>): Inspect {
  return async (bytes) => {
    const object = await unpackSmall(bytes);
    return object && (await isWhole(object.members)) ? SOUND : damaged(`holds no ${what} of a known version`);
  };
}
