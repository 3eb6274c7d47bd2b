import { describe, expect, test } from "vitest";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import { PUBLIC_KEYS_KEY } from "../../../protocol/storage-keys.ts";
import { countStore } from "../stores/counted-store.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";
import {
  attachmentsBeside,
  documentsOf,
  documentTexts,
  publishedKeys,
  referrersOf,
  verifiedTypes,
} from "./read-attached.ts";
import {
  buildSigned,
  CONTENTS,
  DESCRIBED,
  DOCUMENTS,
  GIT,
  KEY,
  openOrigin,
  SIGNATURE,
  storeImage,
} from "./trusted-images.ts";

describe("a new image", async () => {
  const store = createMemoryStore();
  const { oci, docker, outcomes, failures } = await buildSigned(store);

  test("is signed, and its documents are, in the forms of cosign 2 and 3", async () => {
    expect({ outcomes, failures }).toEqual({ outcomes: ["signed"], failures: [] });
    const [key = KEY.publicKey] = await publishedKeys(store);
    const { attestations, ...verified } = await verifiedTypes(store, oci, key);
    expect(verified).toEqual({ signatures: 1, bundles: [...DOCUMENTS, SIGNATURE].toSorted() });
    expect(await attestations()).toEqual(DOCUMENTS);
  });

  test("is signed for Docker clients, too", async () => {
    expect(await verifiedTypes(store, docker, KEY.publicKey)).toMatchObject({ signatures: 1, bundles: [SIGNATURE] });
  });

  test("has its documents as referrers", async () => {
    const found = await documentsOf(store, oci);
    expect(found.map(({ artifactType, annotations }) => [artifactType, annotations])).toEqual([
      ["application/spdx+json", undefined],
      ["application/vnd.cyclonedx+json", undefined],
      ["application/vnd.in-toto+json", { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1" }],
    ]);
    for (const text of await documentTexts(store, oci)) expect(JSON.parse(text)).toBeTypeOf("object");
  });

  test("names the repository that was asked for", async () => {
    for (const digest of [oci, docker]) {
      const { artifacts } = await attachmentsBeside(store, digest);
      const texts = artifacts.flatMap(({ blobs }) => blobs.map(({ json }) => json));
      expect(texts.filter((text) => text.includes('"docker-reference":"registry.example/git"'))).toHaveLength(1);
    }
  });

  test("is not signed a second time, not even by another origin", async () => {
    const { trust, outcomes: again } = openOrigin(store, { keys: [KEY] });
    const before = [...store.objects.keys()];
    const image = await storeImage(createMemoryStore());
    await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
    trust.add(image);
    await trust.finished();
    expect([again, [...store.objects.keys()]]).toEqual([["known"], before]);
  });
});

test("without a key, an image is described and not signed", async () => {
  const store = createMemoryStore();
  const image = await storeImage(store);
  const { trust, outcomes } = openOrigin(store);
  await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
  expect(outcomes).toEqual(["described"]);
  expect(await referrersOf(store, image.manifests.oci.digest)).toHaveLength(3);
  expect(await referrersOf(store, image.manifests.docker.digest)).toEqual([]);
  expect(store.objects.has(PUBLIC_KEYS_KEY)).toBe(false);
});

test("with zstd, the one manifest of an image is signed once", async () => {
  const store = createMemoryStore();
  const image = await storeImage(store, { compression: "zstd" });
  const { trust } = openOrigin(store, { keys: [KEY] });
  await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
  expect(await verifiedTypes(store, image.manifests.docker.digest, KEY.publicKey)).toMatchObject({ signatures: 1 });
});

describe("if the store fails", () => {
  const failingAt = (store: MemoryStore, prefix: string): MemoryStore => ({
    ...store,
    put: (key, ...rest) => (key.startsWith(prefix) ? Promise.reject(new Error("full")) : store.put(key, ...rest)),
  });

  test.each(["keys/", "trust/"])("at %s, nobody throws, and the next look-up signs the image", async (prefix) => {
    const store = createMemoryStore();
    const image = await storeImage(store);
    const failing = openOrigin(failingAt(store, prefix), { keys: [KEY] });
    await failing.trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
    expect(failing).toMatchObject({ outcomes: ["failed"], failures: [["git", { message: "full" }]] });
    const { trust, outcomes } = openOrigin(store, { keys: [KEY] });
    trust.add(image);
    await trust.finished();
    expect(outcomes).toEqual(["signed"]);
    expect(await verifiedTypes(store, image.manifests.oci.digest, KEY.publicKey)).toMatchObject({ signatures: 1 });
  });

  test("and a manifest is altered, it is not signed", async () => {
    const store = createMemoryStore();
    const image = await storeImage(store);
    const { oci, docker } = image.manifests;
    const altered = { ...image, manifests: { docker, oci: { ...oci, json: `${oci.json} ` } } };
    const { trust, outcomes } = openOrigin(store, { keys: [KEY] });
    trust.add(altered);
    await trust.finished();
    expect(outcomes).toEqual(["failed"]);
  });

  test("and the record is damaged, it is made anew", async () => {
    const store = createMemoryStore();
    const { image, oci } = await buildSigned(store);
    const before = await documentTexts(store, oci);
    const key = [...store.objects.keys()].find((each) => each.startsWith("trust/")) ?? "";
    await store.put(key, { kind: "bytes", bytes: Buffer.from("{}") }, { contentType: "application/json" });
    const { trust, outcomes } = openOrigin(store, { keys: [KEY] });
    trust.add(image);
    await trust.finished();
    expect([outcomes, await documentTexts(store, oci)]).toEqual([["signed"], before]);
  });
});

test("an image whose documents are too large is signed without them, and the log says so", async () => {
  const store = createMemoryStore();
  const paths = Array.from({ length: 9000 }, (_, place) => ({
    path: `${GIT}-${"x".repeat(100)}-${place}`,
    narSize: 1,
    references: [],
  }));
  const contents = { packages: [], paths, layers: [] };
  const image = await storeImage(store, { contents });
  const { trust, outcomes, failures } = openOrigin(store, { keys: [KEY] });
  await trust.begin({ ...image, contents, described: [] }).finish();
  expect([outcomes, failures]).toEqual([["undescribed"], [["git", new Error("its documents are too large")]]]);
  const { oci } = image.manifests;
  expect(await verifiedTypes(store, oci.digest, KEY.publicKey)).toMatchObject({ signatures: 1, bundles: [SIGNATURE] });
});

test("an origin that stops begins no image, and drops those that wait", async () => {
  const stop = new AbortController();
  const store = createMemoryStore();
  const { store: counted, counts } = countStore(store);
  const image = await storeImage(store);
  const { trust, outcomes } = openOrigin(counted, { keys: [KEY], signal: stop.signal });
  trust.add(image);
  stop.abort(new Error("stopping"));
  trust.add(image);
  await trust.finished();
  expect([outcomes, counts.writes]).toEqual([["dropped"], 0]);
});

test("an image that is under way when the origin stops is no failure", async () => {
  const stop = new AbortController();
  const memory = createMemoryStore();
  const image = await storeImage(memory);
  const store: ObjectStore = {
    ...memory,
    put: async () => {
      stop.abort(new Error("stopping"));
      throw new Error("the connection is closed");
    },
  };
  const { trust, outcomes, failures } = openOrigin(store, { keys: [KEY], signal: stop.signal });
  trust.add(image);
  await trust.finished();
  expect([outcomes, failures]).toEqual([["dropped"], []]);
});
