import { describe, expect, test } from "vitest";
import { createKnownLists, type ListContext, publishList } from "../../../origin/builds/publish-list.ts";
import { NO_SWEEPS } from "../../../origin/sweeps/sweep-guard.ts";
import { manifestDigests } from "../../../origin/builds/stored-image.ts";
import type { KvIndex, KvPair } from "../../../origin/stores/kv-index.ts";
import { StoreError } from "../../../origin/stores/object-store.ts";
import type { ImageTrust } from "../../../origin/trust/image-trust.ts";
import { parseImageList } from "../../../protocol/image-list.ts";
import { ALL_ARCHITECTURES, type ListRequest } from "../../../protocol/image-request.ts";
import { manifestKey, storedTagKey, tagKey } from "../../../protocol/storage-keys.ts";
import type { LeftOut } from "../../../protocol/tag-record.ts";
import { countStore } from "../stores/counted-store.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";
import { verifiedTypes } from "../trust/read-attached.ts";
import { CONTENTS, DESCRIBED, KEY, openOrigin, storeImage } from "../trust/trusted-images.ts";
import { rejection } from "../fixtures.ts";

const REQUEST: ListRequest = { source: "channel:a", tag: "latest", architecture: ALL_ARCHITECTURES, packages: ["git"] };
const NOW = { revision: { revision: "r1" }, resolvedAt: "2026-01-01T00:00:00.000Z" };

/** A store with two images that are described and signed, and the list of both. */
async function setUp() {
  const memory = createMemoryStore();
  const { trust } = openOrigin(memory, { keys: [KEY] });
  const images = await Promise.all(
    (["amd64", "arm64"] as const).map(async (architecture) => {
      const image = await storeImage(memory, { architecture });
      await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
      return { ...image, record: { manifests: manifestDigests(image.manifests), revision: "r1", resolvedAt: "" } };
    }),
  );
  const leftOut: readonly LeftOut[] = [];
  return { memory, list: { ...NOW, request: REQUEST, images, leftOut } };
}

/** A process that publishes lists to a store. */
function openProcess(store: MemoryStore, trust: ImageTrust | undefined = openOrigin(store, { keys: [KEY] }).trust) {
  const pairs: KvPair[] = [];
  const index: KvIndex = { put: async (more) => void pairs.push(...more) };
  return { pairs, context: { store, index, trust, knownLists: createKnownLists() } };
}

async function published(context: ListContext, list: Parameters<typeof publishList>[1]) {
  const { signal } = new AbortController();
  return publishList(context, list, { sweep: await NO_SWEEPS.begin(), signal });
}

function counted(memory: MemoryStore) {
  const { store, counts } = countStore(memory);
  return { store: { ...memory, ...store }, counts };
}

describe("a list that was published before", () => {
  test("is neither read nor written again by the same process. Only its tag is", async () => {
    const { memory, list } = await setUp();
    const { store, counts } = counted(memory);
    const { context, pairs } = openProcess(store);
    const first = await published(context, list);
    Object.assign(counts, { reads: 0, writes: 0 });
    pairs.length = 0;
    const second = await published(context, { ...list, resolvedAt: "2026-01-02T00:00:00.000Z" });
    expect(second).toEqual({ ...first, resolvedAt: "2026-01-02T00:00:00.000Z" });
    expect([counts, pairs.map(({ key }) => key)]).toEqual([{ reads: 0, writes: 1 }, [await tagKey(REQUEST)]]);
  });

  test("is not written again by another process, which reads the documents of the images", async () => {
    const { memory, list } = await setUp();
    const first = await published(openProcess(memory).context, list);
    const { store, counts } = counted(memory);
    const { context, pairs } = openProcess(store);
    expect(await published(context, list)).toEqual(first);
    // The tag alone.
    expect([counts.writes, pairs.length]).toEqual([1, 3]);
  });

  test("is another list if it lacks something now", async () => {
    const { memory, list } = await setUp();
    const { context } = openProcess(memory);
    const first = await published(context, list);
    const leftOut: readonly LeftOut[] = [{ architecture: "arm64", reason: "it is gone" }];
    const second = await published(context, { ...list, images: list.images.slice(0, 1), leftOut });
    expect(second.manifests.oci).not.toBe(first.manifests.oci);
    expect(second.leftOut).toEqual(leftOut);
  });

  test("is signed at the next look-up if it could not be signed", async () => {
    const { memory, list } = await setUp();
    const isFull = { yes: true };
    const store: MemoryStore = {
      ...memory,
      put: (key, ...rest) =>
        isFull.yes && key.startsWith("attached/") ? Promise.reject(new Error("full")) : memory.put(key, ...rest),
    };
    const { context } = openProcess(store);
    const { manifests } = await published(context, list);
    isFull.yes = false;
    await published(context, list);
    for (const digest of [manifests.oci, manifests.docker])
      expect(await verifiedTypes(memory, digest, KEY.publicKey)).toMatchObject({ signatures: 1 });
  });
});

test("without documents and keys, a list is published with its images alone", async () => {
  const { memory, list } = await setUp();
  const { context } = openProcess(memory);
  const { manifests } = await published({ ...context, trust: undefined }, list);
  expect(new TextDecoder().decode(memory.objects.get(manifestKey(manifests.oci))?.bytes)).not.toContain("unknown");
});

test("a store that fails while documents are read fails the list", async () => {
  const { memory, list } = await setUp();
  const store: MemoryStore = {
    ...memory,
    open: (key) => (key.startsWith("trust/") ? Promise.reject(new StoreError("down")) : memory.open(key)),
  };
  expect(await rejection(published(openProcess(store).context, list))).toMatchObject({ message: "down" });
  expect(memory.objects.has(await storedTagKey(REQUEST))).toBe(false);
});

test("no crash leaves a list, a tag or a signature that names something missing", async () => {
  const { memory: before, list } = await setUp();
  let crashes = 0;
  for (let isDone = false; !isDone; crashes++) {
    const memory = createMemoryStore();
    for (const [key, { bytes, options }] of before.objects) await memory.put(key, { kind: "bytes", bytes }, options);
    let left = crashes;
    const put: MemoryStore["put"] = (key, ...rest) =>
      left-- > 0 ? memory.put(key, ...rest) : Promise.reject(new Error("killed"));
    const { context, pairs } = openProcess({ ...memory, put });
    await published(context, list).catch(() => undefined);
    isDone = left >= 0;
    expect(missingIn(memory, pairs)).toEqual([]);
  }
  // Seven blobs and two manifests of attestations, two lists, the tag, and the signatures.
  expect(crashes).toBeGreaterThan(12);
});

/** Digests that manifests and names state, and that no object has. */
function missingIn({ objects }: MemoryStore, pairs: readonly KvPair[]): string[] {
  const hexes = new Set(
    [...objects.keys()].flatMap((key) => /^(?:blobs|manifests)\/sha256\/(.*)/.exec(key)?.[1] ?? []),
  );
  const texts = [...objects].flatMap(([key, { bytes }]) =>
    /^(?:manifests|tags|referrers|attached)\//.test(key) ? [new TextDecoder().decode(bytes)] : [],
  );
  return [...texts, ...pairs.map(({ value }) => value)].flatMap((text) =>
    [...text.matchAll(/"(?:digest|oci|docker)":"sha256:([0-9a-f]{64})"/g)].flatMap(([, hex = ""]) =>
      hexes.has(hex) || LAYER_HEXES.has(hex) ? [] : [hex],
    ),
  );
}

/** The images of this test have no layers in the store. */
const LAYER_HEXES = new Set(CONTENTS.layers.map(({ digest }) => digest.slice("sha256:".length)));

test("a list is made whole if a collection has left it, and removed what it names", async () => {
  const { memory, list } = await setUp();
  const first = await published(openProcess(memory).context, list);
  const text = new TextDecoder().decode(memory.objects.get(manifestKey(first.manifests.oci))?.bytes);
  const attestations = parseImageList(text)?.attestations.map(({ digest }) => manifestKey(digest)) ?? [];
  expect(attestations).toHaveLength(2);
  await memory.remove(attestations);
  await published(openProcess(memory).context, list);
  expect(attestations.filter((key) => !memory.objects.has(key))).toEqual([]);
});
