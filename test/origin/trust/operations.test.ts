import { expect, test } from "vitest";
import { KNOWN_SIGNED, SIGNING } from "../../../bench/cost/operations.ts";
import { countStore } from "../stores/counted-store.ts";
import { createMemoryStore } from "../stores/memory-store.ts";
import { CONTENTS, DESCRIBED, KEY, openOrigin, storeImage } from "./trusted-images.ts";

test("signing an image takes the operations of docs/cost.md, and looking at its signatures later does", async () => {
  const memory = createMemoryStore();
  const { store, counts } = countStore(memory);
  const other = await storeImage(memory, { architecture: "arm64" });
  const image = await storeImage(memory);
  const { trust } = openOrigin(store, { keys: [KEY] });
  // The first image also brings the public keys.
  await trust.begin({ ...other, contents: CONTENTS, described: DESCRIBED }).finish();
  counts.reads = 0;
  counts.writes = 0;
  await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
  // In this test, the public keys are looked up for each image. An origin does so at its start.
  expect({ reads: counts.reads - 1, writes: counts.writes }).toEqual({
    reads: SIGNING.r2Reads,
    writes: SIGNING.r2Writes,
  });
  counts.reads = 0;
  counts.writes = 0;
  const restarted = openOrigin(store, { keys: [KEY] });
  restarted.trust.add(image);
  await restarted.trust.finished();
  restarted.trust.add(image);
  await restarted.trust.finished();
  expect({ reads: counts.reads - 1, writes: counts.writes }).toEqual({
    reads: KNOWN_SIGNED.r2Reads,
    writes: KNOWN_SIGNED.r2Writes,
  });
});
