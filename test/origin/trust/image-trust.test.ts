import { describe, expect, test } from "vitest";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import { attachedTag } from "../../../image/referrers/attached-tags.ts";
import { attachedKey, manifestKey, referrersKey } from "../../../protocol/storage-keys.ts";
import { countStore } from "../stores/counted-store.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";
import { documentOf, documentsOf, mustRead, publishedKeys, referrersOf, verifiedTypes } from "./read-attached.ts";
import {
  buildSigned,
  CONTENTS,
  DESCRIBED,
  DOCUMENTS,
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
    for (const entry of found) expect(JSON.parse(await documentOf(store, entry))).toBeTypeOf("object");
  });

  test("names the repository that was asked for", async () => {
    const all = [...store.objects.values()].map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(all.filter((text) => text.includes('"docker-reference":"registry.example/git"'))).toHaveLength(2);
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

test("everything is written before the name that leads to it, and cosign 2's signature is the last of all", async () => {
  const memory = createMemoryStore();
  const image = await storeImage(memory);
  const { digest } = image.manifests.oci;
  const missing: string[] = [];
  const store: MemoryStore = {
    ...memory,
    async put(key, content, options) {
      const text = content.kind === "bytes" ? new TextDecoder().decode(content.bytes) : "";
      const isName = /^(?:manifests|referrers|attached)\//.test(key);
      for (const [, hex] of isName ? text.matchAll(/"digest":"sha256:([0-9a-f]{64})"/g) : [])
        if (![...memory.objects.keys()].some((known) => known.endsWith(`/${hex}`))) missing.push(`${key} names ${hex}`);
      await memory.put(key, content, options);
    },
  };
  const { trust } = openOrigin(store, { keys: [KEY] });
  await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
  expect(missing).toEqual([]);
  expect([...memory.objects.keys()].at(-1)).toBe(attachedKey(attachedTag("signatures", digest)));
});

test("no name is written before the image is", async () => {
  const store = createMemoryStore();
  const image = await storeImage(store);
  const { trust } = openOrigin(store, { keys: [KEY] });
  const { finish } = trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const names = () => [...store.objects.keys()].filter((key) => /^(?:referrers|attached)\//.test(key));
  expect(names()).toEqual([]);
  await finish();
  expect(names()).toHaveLength(5);
});

test("without a key, an image is described and not signed", async () => {
  const store = createMemoryStore();
  const image = await storeImage(store);
  const { trust, outcomes } = openOrigin(store);
  await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
  expect(outcomes).toEqual(["described"]);
  expect(await referrersOf(store, image.manifests.oci.digest)).toHaveLength(3);
  const keys = [...store.objects.keys()];
  expect(keys.filter((key) => /^(?:attached|keys)\//.test(key))).toEqual([]);
  expect(keys).not.toContain(referrersKey(image.manifests.docker.digest));
});

test("with zstd, the one manifest of an image is signed once", async () => {
  const store = createMemoryStore();
  const image = await storeImage(store, { compression: "zstd" });
  const { trust } = openOrigin(store, { keys: [KEY] });
  await trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
  expect(await verifiedTypes(store, image.manifests.docker.digest, KEY.publicKey)).toMatchObject({ signatures: 1 });
  expect([...store.objects.keys()].filter((key) => key.startsWith("referrers/"))).toHaveLength(1);
});

describe("if the store fails", () => {
  const failingAt = (store: MemoryStore, prefix: string): MemoryStore => ({
    ...store,
    put: (key, ...rest) => (key.startsWith(prefix) ? Promise.reject(new Error("full")) : store.put(key, ...rest)),
  });

  test.each(["keys/", "blobs/", "manifests/", "referrers/", "attached/"])(
    "at %s, nobody throws, and the next look-up signs the image",
    async (prefix) => {
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
    },
  );

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

  test("and a stored document is altered, the documents are made anew", async () => {
    const store = createMemoryStore();
    const image = await storeImage(store);
    const { digest } = image.manifests.oci;
    await openOrigin(store)
      .trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED })
      .finish();
    const [spdx] = await referrersOf(store, digest);
    const blob = /"layers":\[\{[^}]*"digest":"sha256:([0-9a-f]+)"/.exec(
      await mustRead(store, manifestKey(spdx?.digest ?? digest)),
    );
    const key = `blobs/sha256/${blob?.[1]}`;
    const good = await mustRead(store, key);
    await store.put(key, { kind: "bytes", bytes: Buffer.from("{}") }, { contentType: "application/json" });
    const { trust, outcomes } = openOrigin(store, { keys: [KEY] });
    trust.add(image);
    await trust.finished();
    expect([outcomes, await mustRead(store, key)]).toEqual([["signed"], good]);
  });
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
