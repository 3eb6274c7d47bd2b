import { describe, expect, test } from "vitest";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import { withPackages } from "../../../origin/trust/described-path.ts";
import { contentsKey } from "../../../protocol/storage-keys.ts";
import { test as testWithFolder } from "../fixtures.ts";
import { createMemoryStore } from "../stores/memory-store.ts";
import { documentsOf, publishedKeys, referrersOf, verifiedTypes } from "./read-attached.ts";
import {
  buildSigned,
  CONTENTS,
  DESCRIBED,
  DOCUMENTS,
  GIT,
  KEY,
  NEXT_KEY,
  openOrigin,
  SIGNATURE,
  storeImage,
} from "./trusted-images.ts";

describe("a known image", () => {
  test("is signed behind the answer when it is looked up", async () => {
    const store = createMemoryStore();
    const image = await storeImage(store);
    const { trust, outcomes } = openOrigin(store, { keys: [KEY] });
    trust.add(image);
    expect(outcomes).toEqual([]);
    await trust.finished();
    expect(outcomes).toEqual(["signed"]);
    const { attestations, signatures } = await verifiedTypes(store, image.manifests.oci.digest, KEY.publicKey);
    expect([signatures, await attestations()]).toEqual([1, DOCUMENTS]);
  });

  test("gets the bytes of the documents that its build would have made", async () => {
    const [built, looked] = [createMemoryStore(), createMemoryStore()];
    const { oci } = await buildSigned(built);
    const { trust } = openOrigin(looked, { keys: [NEXT_KEY] });
    trust.add(await storeImage(looked));
    await trust.finished();
    expect(await documentsOf(looked, oci)).toEqual(await documentsOf(built, oci));
  });

  test("has what the package set tells of its packages, as its build would have told it", async () => {
    const [built, looked, bare] = [createMemoryStore(), createMemoryStore(), createMemoryStore()];
    const metadata = { licenses: [{ id: "GPL-2.0-only" }], homepage: "https://git-scm.com/", debian: [] };
    const packages = [{ name: "git", attribute: "git", path: GIT, requested: true, metadata }];
    const image = await storeImage(built, { packages });
    await openOrigin(built)
      .trust.begin({ ...image, contents: CONTENTS, described: withPackages(DESCRIBED, packages) })
      .finish();
    const documentsIn = async (store: ObjectStore, told: typeof packages) => {
      const { trust } = openOrigin(store);
      trust.add(await storeImage(store, { packages: told }));
      await trust.finished();
      return documentsOf(store, image.manifests.oci.digest);
    };
    const expected = await documentsOf(built, image.manifests.oci.digest);
    expect(await documentsIn(looked, packages)).toEqual(expected);
    expect(await documentsIn(bare, [])).not.toEqual(expected);
  });

  test("keeps its documents when signing is switched on, although less is known now", async () => {
    const store = createMemoryStore();
    const image = await storeImage(store);
    const { digest } = image.manifests.oci;
    await openOrigin(store)
      .trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED })
      .finish();
    const before = await referrersOf(store, digest);
    const { trust } = openOrigin(store, { keys: [KEY], known: [] });
    trust.add(image);
    await trust.finished();
    expect(await documentsOf(store, digest)).toEqual(before);
    expect(await (await verifiedTypes(store, digest, KEY.publicKey)).attestations()).toEqual(DOCUMENTS);
  });

  test("is only signed if nobody knows what is in it", async () => {
    const store = createMemoryStore();
    const image = await storeImage(store);
    const { digest } = image.manifests.oci;
    await store.put(
      contentsKey(digest),
      { kind: "bytes", bytes: Buffer.from("{}") },
      { contentType: "application/json" },
    );
    const { trust, outcomes } = openOrigin(store, { keys: [KEY] });
    trust.add(image);
    await trust.finished();
    expect(outcomes).toEqual(["signed"]);
    expect(await verifiedTypes(store, digest, KEY.publicKey)).toMatchObject({ signatures: 1, bundles: [SIGNATURE] });
  });

  testWithFolder("of a store without metadata is not signed again and again", async ({ directory }) => {
    const store = createDiskStore(directory);
    const { image } = await buildSigned(store);
    const { trust, outcomes } = openOrigin(store, { keys: [KEY] });
    trust.add(image);
    await trust.finished();
    expect(outcomes).toEqual(["known"]);
  });
});

describe("after a change of the key", () => {
  test("a known image is signed by the new key, and the signatures of the former one stay", async () => {
    const store = createMemoryStore();
    const { image, oci, docker } = await buildSigned(store);
    const before = await referrersOf(store, oci);
    const { trust, outcomes } = openOrigin(store, { keys: [NEXT_KEY], known: [] });
    trust.add(image);
    await trust.finished();
    expect(outcomes).toEqual(["signed"]);
    for (const { publicKey } of [KEY, NEXT_KEY]) {
      const { attestations, ...verified } = await verifiedTypes(store, oci, publicKey);
      expect(verified).toEqual({ signatures: 1, bundles: [...DOCUMENTS, SIGNATURE].toSorted() });
      expect(await attestations()).toEqual(DOCUMENTS);
      expect(await verifiedTypes(store, docker, publicKey)).toMatchObject({ signatures: 1, bundles: [SIGNATURE] });
    }
    const after = (await referrersOf(store, oci)).map(({ digest }) => digest);
    expect(after).toHaveLength(before.length + 4);
    for (const { digest } of before) expect(after).toContain(digest);
  });

  test("an image that both keys have signed is not signed again", async () => {
    const store = createMemoryStore();
    const { image } = await buildSigned(store, NEXT_KEY, KEY);
    for (const keys of [[NEXT_KEY], [KEY]] as const) {
      const { trust, outcomes } = openOrigin(store, { keys });
      trust.add(image);
      await trust.finished();
      expect(outcomes).toEqual(["known"]);
    }
  });

  test("the registry shows the keys of now, the current one first", async () => {
    const store = createMemoryStore();
    await buildSigned(store, NEXT_KEY, KEY);
    expect((await publishedKeys(store)).map(({ id }) => id)).toEqual([NEXT_KEY.keyId, KEY.keyId]);
  });
});
