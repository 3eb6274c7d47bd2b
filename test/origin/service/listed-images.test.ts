import { describe, expect } from "vitest";
import type { IndexEntry } from "../../../image/names/index-entry.ts";
import type { TrustOfBuilder } from "../../../origin/service/open-trust.ts";
import type { KvPair } from "../../../origin/stores/kv-index.ts";
import type { Digest } from "../../../protocol/digest.ts";
import { ALL_ARCHITECTURES, imagesOfList, type ListRequest } from "../../../protocol/image-request.ts";
import { manifestKey, storedTagKey, tagKey } from "../../../protocol/storage-keys.ts";
import { tagRecordJson } from "../../../protocol/tag-record.ts";
import { listAt, memberAt, objectOf, textAt } from "../../json.ts";
import { rejection } from "../fixtures.ts";
import { createMemoryStore, type MemoryStore } from "../stores/memory-store.ts";
import { mustRead, verifiedTypes } from "../trust/read-attached.ts";
import { KEY } from "../trust/trusted-images.ts";
import { entriesOf, originWithoutNix, test } from "./cached-images.ts";

const REQUEST: ListRequest = { source: "test", tag: "latest", architecture: ALL_ARCHITECTURES, packages: ["hello"] };
const [AMD64, ARM64] = imagesOfList(REQUEST);
const HELLO = entriesOf("hello");
const TRUST: TrustOfBuilder = {
  keys: [KEY],
  registryUrl: "https://registry.example",
  onOutcome: () => {},
  onFailure: () => {},
};

async function entriesIn(store: MemoryStore, index: Digest) {
  return listAt(objectOf(await mustRead(store, manifestKey(index))), "manifests");
}

async function architecturesIn(store: MemoryStore, index: Digest) {
  return (await entriesIn(store, index)).map((entry) => textAt(entry, "platform", "architecture"));
}

/** Keys of R2 that begin with the prefix. */
function keysOf(store: MemoryStore, prefix: string): string[] {
  return [...store.objects.keys()].filter((key) => key.startsWith(prefix));
}

describe("a list", () => {
  test("has the images of both architectures, which also have tags of their own", async ({ directory, cache }) => {
    const store = createMemoryStore();
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), store, arm64: HELLO });
    const { record, phases } = await origin.pull(REQUEST);
    const tags = await Promise.all(
      [AMD64, ARM64].map(async (image) => objectOf(await mustRead(store, await storedTagKey(image ?? REQUEST)))),
    );
    for (const format of ["oci", "docker"] as const) {
      const digests = (await entriesIn(store, record.manifests[format])).map((entry) => textAt(entry, "digest"));
      expect(digests).toEqual(tags.map((tag) => textAt(tag, "manifests", format)));
      expect(new Set(digests).size).toBe(2);
    }
    expect(tags.map((tag) => memberAt(tag, "revision"))).toEqual([record.revision, record.revision]);
    expect(phases()).toEqual(["resolve", "evaluate", "realise", "group", "pack", "publish"]);
  });

  test("is published under its own tag in R2 and KV, with its manifests", async ({ directory, cache }) => {
    const store = createMemoryStore();
    const pairs: KvPair[] = [];
    const index = { put: async (more: readonly KvPair[]) => void pairs.push(...more) };
    await using origin = await originWithoutNix(directory, {
      settings: cache.settings("ok"),
      store,
      arm64: HELLO,
      index,
    });
    const { record } = await origin.pull(REQUEST);
    expect(JSON.parse(await mustRead(store, await storedTagKey(REQUEST)))).toEqual(tagRecordJson(record));
    const { oci, docker } = record.manifests;
    const own = pairs.slice(-3);
    expect(own.map(({ key }) => key)).toEqual([`manifest/${oci}`, `manifest/${docker}`, await tagKey(REQUEST)]);
    expect(JSON.parse(own[2]?.value ?? "")).toEqual(tagRecordJson(record));
    expect(own[0]?.metadata).toEqual({ mediaType: "application/vnd.oci.image.index.v1+json" });
    expect(store.objects.get(manifestKey(docker))?.options.contentType).toBe(
      "application/vnd.docker.distribution.manifest.list.v2+json",
    );
  });

  test("does not build an image again that is known", async ({ directory, cache }) => {
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), arm64: HELLO });
    const { digest } = await origin.build("hello");
    const { layers, events } = await origin.pull(REQUEST);
    // The root layer, and two store paths. Only arm64 has events.
    expect(layers()).toHaveLength(3);
    expect(JSON.stringify(events)).not.toContain("amd64: ");
    expect((await origin.build("hello")).digest).toBe(digest);
  });

  test("of two origins with stores of their own is the same, with all that it says of its images", async ({
    directory,
    cache,
  }) => {
    const manifests = async () => {
      const store = createMemoryStore();
      const options = { settings: cache.settings("ok"), store, arm64: HELLO, trust: TRUST };
      await using origin = await originWithoutNix(directory, options);
      const { record } = await origin.pull(REQUEST);
      expect(await architecturesIn(store, record.manifests.oci)).toEqual(["amd64", "arm64", "unknown", "unknown"]);
      return record.manifests;
    };
    expect(await manifests()).toEqual(await manifests());
  });

  test("is signed in both formats", async ({ directory, cache }) => {
    const store = createMemoryStore();
    const options = { settings: cache.settings("ok"), store, arm64: HELLO, trust: TRUST };
    await using origin = await originWithoutNix(directory, options);
    const { oci, docker } = (await origin.pull(REQUEST)).record.manifests;
    for (const digest of [oci, docker])
      expect(await verifiedTypes(store, digest, KEY.publicKey)).toMatchObject({ signatures: 1 });
  });
});

describe("an architecture that the package set refuses", () => {
  const FOREIGN = new Map<string, IndexEntry>([["hello", { kind: "foreign" }]]);
  const FAILED = new Map<string, IndexEntry>([["hello", { kind: "failed", reason: "it is not supported" }]]);

  test.for([
    ["by its name", FOREIGN, "hello is not available for arm64"],
    ["in words of its own", FAILED, "building hello failed: it is not supported"],
  ] as const)("%s is left out, with the reason", async ([, arm64, reason], { directory, cache }) => {
    const store = createMemoryStore();
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), store, arm64 });
    const { record } = await origin.pull(REQUEST);
    expect(record.leftOut).toEqual([{ architecture: "arm64", reason }]);
    expect(await architecturesIn(store, record.manifests.oci)).toEqual(["amd64"]);
    expect(await architecturesIn(store, record.manifests.docker)).toEqual(["amd64"]);
    const index = objectOf(await mustRead(store, manifestKey(record.manifests.oci)));
    expect(index["annotations"]).toEqual({ "cornice.left-out.arm64": reason });
    expect(JSON.parse(await mustRead(store, await storedTagKey(REQUEST)))).toEqual(tagRecordJson(record));
  });
});

describe("a list fails, and nothing says that an architecture does not exist,", () => {
  const ABSENT: IndexEntry = {
    kind: "package",
    attribute: "hello",
    paths: ["/nix/store/77777777777777777777777777777777-hello-2.12"],
  };

  test("if no binary cache has the image of one architecture", async ({ directory, cache }) => {
    const store = createMemoryStore();
    const arm64 = new Map([["hello", ABSENT]]);
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok"), store, arm64 });
    expect(await rejection(origin.pull(REQUEST))).toMatchObject({ code: "MANIFEST_UNKNOWN" });
    expect(keysOf(store, (await storedTagKey(REQUEST)).replace(/latest$/, ""))).toEqual([]);
  });

  test("if the store fails while it is written", async ({ directory, cache }) => {
    const store = createMemoryStore();
    const failing: MemoryStore = {
      ...store,
      put: (key, content, options) =>
        options.contentType.includes("index") ? Promise.reject(new Error("full")) : store.put(key, content, options),
    };
    await using origin = await originWithoutNix(directory, {
      settings: cache.settings("ok"),
      store: failing,
      arm64: HELLO,
    });
    expect(await rejection(origin.pull(REQUEST))).toMatchObject({ message: "full" });
    expect(keysOf(store, (await storedTagKey(REQUEST)).replace(/latest$/, ""))).toEqual([]);
  });
});
