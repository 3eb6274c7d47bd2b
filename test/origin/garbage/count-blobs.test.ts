import { expect, it } from "vitest";
import { countBlobs } from "../../../origin/garbage/count-blobs.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { blobKey } from "../../../protocol/storage-keys.ts";
import { createMemoryStore } from "../stores/memory-store.ts";
import { hexOf } from "./bucket.ts";

async function storeWith(blobs: number) {
  const store = createMemoryStore();
  for (let count = 0; count < blobs; count += 1) {
    const key = blobKey(sha256Digest(hexOf(`blob ${count}`)));
    await store.put(key, { kind: "bytes", bytes: new Uint8Array() }, { contentType: "text/plain" });
  }
  return store;
}

it("few blobs are counted", async () => {
  expect(await countBlobs(await storeWith(0))).toBe(0);
  expect(await countBlobs(await storeWith(999))).toBe(999);
});

it("the number of many blobs is estimated from the first page of the list", async () => {
  const store = await storeWith(20_000);
  let pages = 0;
  async function* list(prefix: string) {
    for await (const page of store.list(prefix)) {
      pages += 1;
      yield page;
    }
  }
  const count = await countBlobs({ list });
  expect(pages).toBe(1);
  expect(count / 20_000).toBeCloseTo(1, 1);
});
