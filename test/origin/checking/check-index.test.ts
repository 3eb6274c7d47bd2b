import { describe, expect, test } from "vitest";
import { digestOf } from "../../../protocol/digest.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { filled, messages } from "./checked-stores.ts";

describe("in KV", () => {
  test.each([
    ["is missing", undefined, "is missing"],
    ["is of another image", '{"manifests":{}}', "is not what R2 has"],
  ])("a tag that %s is found", async (_, value, problem) => {
    const stores = await filled();
    const key = keys.keyOfStoredTag(stores.registry.tag);
    if (value === undefined) stores.index.entries.delete(key);
    else stores.index.entries.set(key, { key, value });
    expect(await messages(stores)).toEqual([`KV: ${key} ${problem}`]);
  });

  test("a tag that R2 does not have is found", async () => {
    const stores = await filled();
    await stores.store.remove([stores.registry.tag]);
    expect(await messages(stores)).toEqual([`KV: ${keys.keyOfStoredTag(stores.registry.tag)} has no copy in R2`]);
  });

  test("a manifest with other bytes is found", async () => {
    const stores = await filled();
    const key = keys.manifestCacheKey(stores.registry.list.docker.digest);
    stores.index.entries.set(key, { key, value: "{}" });
    expect(await messages(stores)).toEqual([`KV: ${key} holds other bytes than its digest says`]);
  });

  test.each([
    ["of another manifest", { mediaType: "text/plain" }, "text/plain"],
    ["under another name", { type: "text/plain" }, "nothing"],
    ["that is missing", undefined, "nothing"],
  ])("a manifest with a media type %s is found", async (_, metadata, shown) => {
    const stores = await filled();
    const { digest, mediaType, json: value } = stores.registry.list.oci;
    const key = keys.manifestCacheKey(digest);
    stores.index.entries.set(key, { key, value, ...(metadata && { metadata }) });
    expect(await messages(stores)).toEqual([`KV: ${key} is served as ${shown}, but it is ${mediaType}`]);
  });

  test("what is no manifest, though it has its digest, is found", async () => {
    const stores = await filled();
    const key = keys.manifestCacheKey(await digestOf(new TextEncoder().encode("{}")));
    stores.index.entries.set(key, { key, value: "{}" });
    expect(await messages(stores)).toEqual([`KV: ${key} holds neither a manifest nor a list`]);
  });

  test("entries are not read one by one: Cloudflare takes four calls a second", async () => {
    const stores = await filled();
    const read = () => Promise.reject(new Error("one by one"));
    expect(await messages({ ...stores, index: { ...stores.index, read } })).toEqual([]);
  });

  test("what is not ours is left alone", async () => {
    const stores = await filled();
    for (const key of ["manifest/x", "tag/x", "other"]) stores.index.entries.set(key, { key, value: "{" });
    expect(await messages(stores)).toEqual([]);
  });
});
