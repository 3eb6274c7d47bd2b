import { beforeEach, expect, test } from "vitest";
import { createOperationCounter, type OperationCounter } from "../../../origin/stores/count-operations.ts";
import type { MaintainedIndex } from "../../../origin/stores/maintained-store.ts";
import { createMemoryStore } from "./memory-store.ts";

const NONE = { kvReads: 0, kvWrites: 0, r2Reads: 0, r2Writes: 0 };
const BYTES = Buffer.from("x");
const CONTENT = { kind: "bytes", bytes: BYTES } as const;
const OPTIONS = { contentType: "text/plain" };

let counter: OperationCounter;
beforeEach(() => {
  counter = createOperationCounter();
});

test("puts, lists and changes are of class A, and what reads is of class B", async () => {
  const store = counter.countStore(createMemoryStore());
  await store.put("a", CONTENT, OPTIONS);
  await store.hasAny("a/");
  await store.replace("b", BYTES, undefined);
  expect(counter.operations()).toEqual({ ...NONE, r2Writes: 3 });
  await store.head("a");
  await store.open("a");
  await store.readVersion("a", 10);
  expect(counter.operations()).toEqual({ ...NONE, r2Writes: 3, r2Reads: 3 });
});

test("each page of a list counts, as does a list without objects, and removals are free", async () => {
  const memory = createMemoryStore();
  const keys = Array.from({ length: 1001 }, (_, index) => `a/${index}`);
  for (const key of keys) await memory.put(key, CONTENT, OPTIONS);
  const store = counter.countStore(memory);
  for await (const page of store.list("a/")) {
    expect(counter.operations().r2Writes).toBe(page.length === 1000 ? 1 : 2);
  }
  await Array.fromAsync(store.list("none/"));
  await Array.fromAsync(store.list("a/", "a/999"));
  await store.remove(keys);
  expect(memory.objects.size).toBe(0);
  expect(counter.operations()).toEqual({ ...NONE, r2Writes: 4 });
});

test("each key of KV that is read or removed counts", async () => {
  const index: MaintainedIndex = {
    async *list() {
      yield ["tag/a"];
      yield ["tag/b"];
    },
    read: async () => "x",
    readMany: async () => new Map([["tag/a", "x"]]),
    remove: async () => {},
  };
  const counted = counter.countIndex(index);
  expect(await Array.fromAsync(counted.list("tag/"))).toEqual([["tag/a"], ["tag/b"]]);
  expect(await counted.read("tag/a")).toBe("x");
  expect((await counted.readMany(["tag/a", "tag/b"])).get("tag/a")).toBe("x");
  await counted.remove(["tag/a", "tag/b", "tag/c"]);
  expect(counter.operations()).toEqual({ ...NONE, kvReads: 1 + 2, kvWrites: 2 + 3 });
});
