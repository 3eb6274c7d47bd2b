import { expect, test } from "vitest";
import { describeMaintainedStore, describeManyObjects } from "./maintained-store-contract.ts";
import { createMemoryStore } from "./memory-store.ts";
import { describeObjectStore } from "./object-store-contract.ts";

describeObjectStore("the store in memory", async () => createMemoryStore());
describeMaintainedStore("the store in memory", async () => createMemoryStore());
describeManyObjects("the store in memory", async () => createMemoryStore());

test("the clock of the store in memory can be set", async () => {
  let nowMs = 5999;
  const store = createMemoryStore(() => nowMs);
  await store.replace("a", Buffer.from("a"), undefined);
  nowMs = 60_000;
  await store.replace("b", Buffer.from("b"), undefined);
  const [page] = await Array.fromAsync(store.list(""));
  expect(page?.map(({ modifiedAt }) => modifiedAt)).toEqual([5000, 60_000]);
});
