import { encodeTree } from "../../image/trees/tree-record.ts";
import { encodeTrust } from "../../image/trust/trust-file.ts";
import { closureRecordJson } from "../../origin/closures/closure-record.ts";
import { imageContentsJson } from "../../protocol/image-contents.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { parseManifestText } from "../../protocol/manifest.ts";
import { manifestKey } from "../../protocol/storage-keys.ts";
import { parseStoredKey, type StoredKey } from "../../protocol/stored-key.ts";
import { treeWith } from "../../test/image/trees/entries.ts";
import { SIGNED } from "../../test/image/trust/records.ts";
import { type Bucket, pathOf } from "../../test/origin/garbage/bucket.ts";
import { registryOf } from "./stored-registry.ts";

const BYTES = "application/octet-stream";
const JSON_TYPE = "application/json";

/** The registry of `registryOf`, with records that a check takes. It has no bills, because their lists name no true sizes. */
export async function soundRegistryOf(objects: number): Promise<Bucket> {
  const bucket = await registryOf(objects, { hasBills: false });
  const [tree, trust] = [await encodeTree(treeWith({ file: "text" })), await encodeTrust(SIGNED)];
  if (!trust) throw new Error("the signatures are too large");
  // A put moves its key to the end, so the loop needs a list of its own.
  const keys = [...bucket.store.objects.keys()];
  for (const key of keys) {
    const stored = parseStoredKey(key);
    const sound = stored && soundObject(bucket, stored, { tree, trust });
    if (sound) await bucket.store.put(key, { kind: "bytes", bytes: sound.bytes }, { contentType: sound.contentType });
  }
  return bucket;
}

interface Records {
  readonly tree: Uint8Array;
  readonly trust: Uint8Array;
}

/** Undefined if a check takes the object as it is. */
function soundObject(bucket: Bucket, stored: StoredKey, { tree, trust }: Records) {
  const { kind } = stored;
  if (kind === "manifest") return soundManifest(bucket.text(manifestKey(stored.digest)));
  if (kind === "contents") return json(contentsOf(bucket.text(manifestKey(stored.digest))));
  if (kind === "tree") return { bytes: tree, contentType: BYTES };
  if (kind === "trust") return { bytes: trust, contentType: BYTES };
  const path = { path: pathOf("git"), narSize: 1, narHash: undefined, references: [] };
  return kind === "closure" ? json(closureRecordJson([path])) : undefined;
}

function soundManifest(text: string) {
  return { bytes: Buffer.from(text), contentType: String(parseJsonObject(text)?.["mediaType"]) };
}

function contentsOf(manifest: string): object {
  const layers = parseManifestText(manifest)?.layers ?? [];
  const described = layers.map(({ digest, size }) => ({ digest, size, description: "", paths: [] }));
  return imageContentsJson({ packages: [], paths: [], layers: described });
}

function json(record: object) {
  return { bytes: Buffer.from(JSON.stringify(record)), contentType: JSON_TYPE };
}
