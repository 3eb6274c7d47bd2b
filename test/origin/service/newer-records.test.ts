import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { TrustOfBuilder } from "../../../origin/service/open-trust.ts";
import { parseJsonObject } from "../../../protocol/json-object.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";
import { KEY } from "../trust/trusted-images.ts";
import { originWithoutNix, test } from "./cached-images.ts";
import { listContaining } from "../../matchers.ts";

const NEWER = 99;
const TRUST: TrustOfBuilder = {
  keys: [KEY],
  registryUrl: "https://registry.example",
  onOutcome: () => {},
  onFailure: () => {},
};
/** The kinds of JSON records that an origin writes and reads, with and without compression. */
const KINDS = ["contents", "images", "layer-list", "paths", "refs", "requests", "tags", "trust"];

/** The same object as a newer release might write it. Undefined if it has no version. */
function newerBytes(bytes: Uint8Array): Uint8Array | undefined {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isGzip ? gunzipSync(bytes) : Buffer.from(bytes);
  const record = parseJsonObject(plain.toString());
  if (record?.["version"] === undefined) return undefined;
  const text = Buffer.from(JSON.stringify({ ...record, version: NEWER }));
  return isGzip ? gzipSync(text) : text;
}

/** Returns the kinds of records that a newer release has now written. */
async function makeNewer(store: MemoryStore): Promise<readonly string[]> {
  const kinds: string[] = [];
  for (const [key, { bytes, options }] of new Map(store.objects)) {
    const newer = newerBytes(bytes);
    if (!newer) continue;
    kinds.push(key.split("/")[0] ?? "");
    await store.put(key, { kind: "bytes", bytes: newer }, options);
  }
  return [...new Set(kinds)].toSorted();
}

test("an origin makes the same image again if a newer release wrote all records", async ({ directory, cache }) => {
  const store = createMemoryStore();
  const options = { settings: cache.settings("ok"), store, trust: TRUST };
  await using first = await originWithoutNix(directory, options);
  const { digest } = await first.build("bash", "hello");
  expect(await makeNewer(store)).toEqual(listContaining(KINDS));
  await using second = await originWithoutNix(directory, options);
  expect((await second.build("bash", "hello")).digest).toBe(digest);
});
