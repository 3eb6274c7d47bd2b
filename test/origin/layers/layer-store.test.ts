import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { describe, expect } from "vitest";
import { blobKey, layerKey } from "../../../protocol/storage-keys.ts";
import { createLayerStore, type LayerSource, type LayerStore } from "../../../origin/layers/layer-store.ts";
import type { TarEntry } from "../../../origin/layers/tar-entry.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { type ObjectStore, readRecord } from "../../../origin/stores/object-store.ts";
import { rejection, test, until } from "../fixtures.ts";

const NEVER = new AbortController().signal;

interface Setup {
  readonly layers: LayerStore;
  readonly store: ObjectStore;
  /** Keys in the order in which their objects became readable. */
  readonly puts: string[];
  readonly spool: string;
}

/** A layer store on real directories; the object store also writes down what is put. */
async function setUp(directory: string, atOnce = 2): Promise<Setup> {
  const disk = createDiskStore(join(directory, "objects"));
  const puts: string[] = [];
  const store: ObjectStore = {
    ...disk,
    async put(key, content, options) {
      await disk.put(key, content, options);
      puts.push(key);
    },
  };
  const spool = join(directory, "spool");
  await mkdir(spool);
  return { layers: createLayerStore({ store, spoolDirectory: spool, limit: pLimit(atOnce) }), store, puts, spool };
}

/** A layer of one file, which counts how often it is listed. */
function createSource(hash: string): LayerSource & { readonly listed: () => number } {
  let listed = 0;
  const content = { kind: "bytes", bytes: Buffer.from(hash) } as const;
  return {
    hash,
    entries() {
      listed += 1;
      return [{ type: "file", name: "f", mode: 0o444, content }];
    },
    listed: () => listed,
  };
}

test("a new layer is packed, and its record names the blob", async ({ directory }) => {
  const { layers, store } = await setUp(directory);
  const { work, ...record } = await layers.ensure(createSource("h1"), NEVER);
  expect(work).toEqual({ packMs: expect.any(Number), uploadMs: expect.any(Number) });
  expect(await readRecord(store, layerKey("h1"))).toEqual(record);
  expect(await store.head(blobKey(record.digest))).toEqual({ size: record.size });
});

test("the blob is there before its record", async ({ directory }) => {
  const { layers, puts } = await setUp(directory);
  const { digest } = await layers.ensure(createSource("h1"), NEVER);
  expect(puts).toEqual([blobKey(digest), layerKey("h1")]);
});

test("a known layer is not packed again", async ({ directory }) => {
  const { layers, puts } = await setUp(directory);
  const source = createSource("h1");
  const packed = await layers.ensure(source, NEVER);
  expect(await layers.ensure(source, NEVER)).toEqual({ ...packed, work: undefined });
  expect([source.listed(), puts.length]).toEqual([1, 2]);
});

describe("a layer is packed again", () => {
  test.for<[string, (objects: string, blob: string, record: string) => Promise<void>]>([
    ["when its blob is missing", (objects, blob) => rm(join(objects, blob))],
    ["when its blob has another size", (objects, blob) => writeFile(join(objects, blob), "cut")],
    ["when its record is missing", (objects, _, record) => rm(join(objects, record))],
    ["when its record is damaged", (objects, _, record) => writeFile(join(objects, record), "{")],
    ["when its record is another's", (objects, _, record) => writeFile(join(objects, record), "{}")],
  ])("%s", async ([, damage], { directory }) => {
    const { layers } = await setUp(directory);
    const source = createSource("h1");
    const before = await layers.ensure(source, NEVER);
    await damage(join(directory, "objects"), blobKey(before.digest), layerKey("h1"));
    expect(await layers.ensure(source, NEVER)).toEqual({ ...before, work: expect.anything() });
    expect(source.listed()).toBe(2);
  });
});

describe("at the same time", () => {
  test("one layer is packed once, for all", async ({ directory }) => {
    const { layers, puts } = await setUp(directory);
    const source = createSource("h1");
    const ensured = await Promise.all([1, 2, 3].map(() => layers.ensure(source, NEVER)));
    expect(new Set(ensured.map(({ digest }) => digest)).size).toBe(1);
    expect([source.listed(), puts.length]).toEqual([1, 2]);
  });

  test("no more layers are packed than allowed", async ({ directory }) => {
    const { layers } = await setUp(directory, 2);
    let open = 0;
    let most = 0;
    async function* entries(): AsyncGenerator<TarEntry> {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 20));
      open -= 1;
      yield { type: "directory", name: "d/", mode: 0o555 };
    }
    await Promise.all(["h1", "h2", "h3", "h4", "h5"].map((hash) => layers.ensure({ hash, entries }, NEVER)));
    expect(most).toBe(2);
  });
});

/** A source whose listing waits, and then fails or goes on. */
function createSlowSource(hash: string) {
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const source: LayerSource = {
    hash,
    async *entries() {
      started.resolve();
      await gate.promise;
      yield { type: "directory", name: "d/", mode: 0o555 };
    },
  };
  return { source, started: started.promise, go: gate.resolve, fail: gate.reject };
}

describe("whoever waits for another build's layer", () => {
  test("fails with it when it cannot be packed", async ({ directory }) => {
    const { layers } = await setUp(directory);
    const { source, started, fail } = createSlowSource("h1");
    const runs = [1, 2].map(() => rejection(layers.ensure(source, NEVER)));
    await started;
    fail(new Error("cannot list"));
    const message = "cannot list";
    expect(await Promise.all(runs)).toMatchObject([{ message }, { message }]);
  });

  test("packs it anew when the other build was stopped", async ({ directory }) => {
    const { layers } = await setUp(directory);
    const { source, started, go } = createSlowSource("h1");
    const stop = new AbortController();
    const first = rejection(layers.ensure(source, stop.signal));
    const second = layers.ensure(createSource("h1"), NEVER);
    await started;
    stop.abort();
    go();
    expect(await first).toMatchObject({ name: "AbortError" });
    expect(await second).toMatchObject({ work: expect.anything() });
  });
});

test("after a failure, the next one tries again", async ({ directory }) => {
  const { layers } = await setUp(directory);
  const { source, started, fail } = createSlowSource("h1");
  const failed = rejection(layers.ensure(source, NEVER));
  await started;
  fail(new Error("cannot list"));
  await failed;
  expect(await layers.ensure(createSource("h1"), NEVER)).toMatchObject({ work: expect.anything() });
});

describe("the spool directory is empty", () => {
  test("after a success", async ({ directory }) => {
    const { layers, spool } = await setUp(directory);
    await layers.ensure(createSource("h1"), NEVER);
    expect(await readdir(spool)).toEqual([]);
  });

  test("after a failure", async ({ directory }) => {
    const { layers, spool, puts } = await setUp(directory);
    const { source, started, fail } = createSlowSource("h1");
    const failed = rejection(layers.ensure(source, NEVER));
    await started;
    fail(new Error("cannot list"));
    await failed;
    expect([await readdir(spool), puts]).toEqual([[], []]);
  });

  test("after an upload that failed", async ({ directory }) => {
    const { spool, store } = await setUp(directory);
    const full: ObjectStore = { ...store, put: () => Promise.reject(new Error("the bucket is full")) };
    const layers = createLayerStore({ store: full, spoolDirectory: spool, limit: pLimit(1) });
    expect(await rejection(layers.ensure(createSource("h1"), NEVER))).toMatchObject({ message: "the bucket is full" });
    expect(await readdir(spool)).toEqual([]);
  });

  test("after an abort", async ({ directory }) => {
    const { layers, spool, puts } = await setUp(directory);
    const { source, started, go } = createSlowSource("h1");
    const stop = new AbortController();
    const aborted = rejection(layers.ensure(source, stop.signal));
    await started;
    await until(async () => (await readdir(spool)).length > 0);
    stop.abort();
    go();
    await aborted;
    expect([await readdir(spool), puts]).toEqual([[], []]);
  });
});
