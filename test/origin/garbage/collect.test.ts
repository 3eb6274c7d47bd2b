import { describe, expect, it } from "vitest";
import { planCollection } from "../../../origin/garbage/plan.ts";
import { refRecordJson } from "../../../protocol/ref-record.ts";
import { indexedRefJson } from "../../../origin/index/indexed-ref.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { PROBE_KEY } from "../../../protocol/deployment-check.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { SWEEP_STATE_KEY } from "../../../protocol/sweep-state.ts";
import { Bucket, DAY, hexOf, HOUR, pathHash } from "./bucket.ts";

/** The objects of the collections themselves. */
const withoutState = (all: readonly string[]) => all.filter((key) => key !== SWEEP_STATE_KEY);

describe("a tag that nobody has looked up or pulled for the days that are kept", () => {
  it("is removed with all that no other tag needs", async () => {
    const bucket = new Bucket();
    await bucket.tag("old", await bucket.image("old", { layers: ["shared", "own"], paths: ["old"] }));
    bucket.pass(31 * DAY);
    const before = bucket.keys;
    await bucket.tag("new", await bucket.image("new", { layers: ["shared"], paths: ["new"] }));
    const added = bucket.keys.filter((key) => !before.includes(key));
    bucket.pass(2 * HOUR);
    const counts = await bucket.collect();
    const shared = keys.blobKey(sha256Digest(hexOf("shared")));
    expect(withoutState(bucket.keys)).toEqual([...added, shared].toSorted());
    expect(counts.tags).toEqual([expect.stringMatching(/\/amd64\/old:latest$/)]);
    expect(counts.removed).toMatchObject({ tag: { objects: 1 }, manifest: { objects: 2 }, blob: { objects: 2 } });
  });
});

it("keeps everything that a young tag leads to", async () => {
  const bucket = new Bucket();
  const [amd64, arm64] = [
    await bucket.image("a", { layers: ["1"], paths: ["a"] }),
    await bucket.image("b", { layers: ["1", "2"], paths: ["b"] }),
  ];
  const list = await bucket.list([amd64, arm64]);
  for (const subject of [amd64.oci, amd64.docker, list.oci]) await bucket.attach(subject);
  await bucket.put(keys.trustKey(list.oci.slice("sha256:".length)), "signatures of the list");
  bucket.pass(100 * DAY);
  await bucket.tag("git", list);
  const before = bucket.keys;
  bucket.pass(2 * HOUR);
  await bucket.collect();
  expect(withoutState(bucket.keys)).toEqual(before);
});

it("removes a list with its images, its attestation and all that stands beside them", async () => {
  const bucket = new Bucket();
  const images = [await bucket.image("a", { layers: ["1"] }), await bucket.image("b", { layers: ["2"] })] as const;
  const list = await bucket.list(images);
  for (const subject of [images[0].oci, list.oci]) await bucket.attach(subject);
  await bucket.tag("git", list);
  bucket.pass(31 * DAY);
  await bucket.collect();
  expect(withoutState(bucket.keys)).toEqual([]);
});

describe("pulls", () => {
  it("keep a tag, and a manifest without a tag, until a week after the days that are kept", async () => {
    const bucket = new Bucket();
    const tagged = await bucket.image("tagged", { layers: ["1"] });
    await bucket.tag("git", tagged);
    const untagged = await bucket.image("untagged", { layers: ["2"] });
    bucket.pass(40 * DAY);
    await bucket.put(keys.pulledKey(tagged.docker), "");
    await bucket.put(keys.pulledKey(untagged.oci), "");
    bucket.pass(36 * DAY);
    await bucket.collect();
    expect(bucket.keys).toEqual(expect.arrayContaining([keys.manifestKey(tagged.oci), keys.manifestKey(untagged.oci)]));
    expect(bucket.keys).not.toContain(keys.manifestKey(untagged.docker));
    bucket.pass(2 * DAY);
    await bucket.collect();
    expect(withoutState(bucket.keys)).toEqual([]);
  });

  it("count: a tag that was only built may be kept for less", async () => {
    const bucket = new Bucket();
    const [built, pulled] = [await bucket.image("a", { layers: ["1"] }), await bucket.image("b", { layers: ["2"] })];
    await bucket.put(keys.pulledKey(pulled.oci), "");
    bucket.pass(38 * DAY);
    await bucket.tag("built", built);
    const tag = await bucket.tag("pulled", pulled);
    bucket.pass(10 * DAY);
    const times = { keepMs: 30 * DAY, keepBuiltMs: 7 * DAY, graceMs: HOUR };
    await bucket.collect({ times });
    expect(bucket.keys.filter((key) => key.startsWith("tags/"))).toEqual([tag]);
  });
});

describe("facts", () => {
  it("stay while they are young, or while a kept image uses them", async () => {
    const bucket = new Bucket();
    const image = await bucket.image("git", { layers: ["1"], paths: ["git"] });
    const used = await bucket.bundle("git", "libc");
    const unused = await bucket.bundle("htop", "git");
    const index = (revision: string) => `index/${"0".repeat(16)}/${revision}/`;
    const meta = (revision: string) => keys.nameIndexMetaKey(`${index(revision)}x86_64-linux/`);
    for (const revision of ["r1", "r2", "r3", "r4"]) await bucket.put(meta(revision), "{}");
    await bucket.put(keys.treeKey(pathHash("unused")), "tree");
    await bucket.put(keys.closurePathsKey(pathHash("unused")), "{}");
    await bucket.put(await keys.refKey("test", "old"), "{}");
    await bucket.put(keys.requestKey(hexOf("unused")), "{}");
    bucket.pass(31 * DAY);
    await bucket.tag("git", image, "r1");
    const shape = { format: 1, maxStoreLayers: 2, compression: "gzip", popularity: hexOf("") } as const;
    const ref = {
      revision: "r2",
      resolvedAt: "2030-01-01T00:00:00.000Z",
      index: index("r2"),
      shape,
      maxImageBytes: 1,
      evaluation: {},
    };
    await bucket.put(await keys.refKey("test", "main"), refRecordJson(ref));
    await bucket.put(`index/${"0".repeat(16)}/refs/main`, indexedRefJson("r3"));
    await bucket.put(keys.treeKey(pathHash("young")), "tree");
    bucket.pass(2 * HOUR);
    await bucket.collect();
    const left = bucket.keys;
    for (const key of [
      used,
      meta("r1"),
      meta("r2"),
      meta("r3"),
      keys.treeKey(pathHash("git")),
      keys.treeKey(pathHash("young")),
      keys.requestKey(hexOf("request of git")),
    ])
      expect(left).toContain(key);
    for (const key of [
      unused,
      meta("r4"),
      keys.treeKey(pathHash("unused")),
      keys.closurePathsKey(pathHash("unused")),
      await keys.refKey("test", "old"),
      keys.requestKey(hexOf("unused")),
    ])
      expect(left).not.toContain(key);
    const layers = ["layer of git", "layer of libc", "layer of htop"].map((text) =>
      left.includes(`blobs/sha256/${hexOf(text)}`),
    );
    expect(layers).toEqual([true, true, false]);
  });

  it("that name layers keep them: the list of layers, and bundles that are young", async () => {
    const bucket = new Bucket();
    for (const text of ["listed", "recorded"]) await bucket.blob(text);
    bucket.pass(31 * DAY);
    const bundle = await bucket.bundle("git", "libc");
    await bucket.layerList(["listed"]);
    for (const text of ["listed", "recorded"]) {
      const digest = `sha256:${hexOf(text)}`;
      await bucket.put(keys.layerKey(hexOf(text)), { digest, diffId: digest, size: text.length });
    }
    bucket.pass(2 * HOUR);
    await bucket.collect();
    const expected = [bundle, keys.LAYER_LIST_KEY, keys.layerKey(hexOf("listed"))];
    const blobs = ["listed", "layer of git", "layer of libc"].map((text) => `blobs/sha256/${hexOf(text)}`);
    expect(withoutState(bucket.keys)).toEqual([...expected, ...blobs].toSorted());
  });

  it("of the package source, the keys and the last check of a deployment are always kept", async () => {
    const bucket = new Bucket();
    const always = [await keys.packageIndexKey("test"), keys.PUBLIC_KEYS_KEY, PROBE_KEY];
    for (const key of always) await bucket.put(key, "x");
    bucket.pass(1000 * DAY);
    await bucket.collect();
    expect(bucket.keys).toEqual(always.toSorted());
  });
});

it("touches nothing of others in the same bucket and namespace", async () => {
  const bucket = new Bucket();
  const others = [
    "photo.png",
    "blobs/sha256/x",
    `blobs/sha256/${"A".repeat(64)}`,
    `blobs/${"a".repeat(64)}`,
    `manifests/sha512/${"a".repeat(64)}`,
    "tags/v1",
    "tags/4ff9961269bf7630/amd64/git",
    "gc/mine",
    "index/a/b",
    `bundles/${"a".repeat(63)}`,
    "images/cat",
    "layers/1",
    "trees/oak",
    "refs/heads/main",
    `pulled/${"a".repeat(64)}`,
  ];
  for (const key of others) await bucket.put(key, "theirs");
  bucket.index.pairs.set("tag/theirs", "x");
  bucket.index.pairs.set("manifest/theirs", "x");
  await bucket.image("garbage", { layers: ["1"] });
  bucket.pass(1000 * DAY);
  await bucket.collect();
  expect(withoutState(bucket.keys)).toEqual([...others, "manifest/theirs", "tag/theirs"].toSorted());
});

it("keeps what is younger than the grace, with all that it names", async () => {
  const bucket = new Bucket();
  const shared = await bucket.blob("shared");
  await bucket.blob("garbage");
  bucket.pass(31 * DAY);
  const config = await bucket.blob("config");
  const manifest = await bucket.manifest({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: [shared],
  });
  bucket.pass(HOUR / 2);
  await bucket.collect();
  expect(withoutState(bucket.keys)).toEqual(
    [
      keys.blobKey(shared.digest),
      keys.blobKey(config.digest),
      keys.manifestKey(manifest),
      keys.manifestCacheKey(manifest),
    ].toSorted(),
  );
});

it("keeps a tag that only KV has, and gives it a copy in R2", async () => {
  const bucket = new Bucket();
  const tag = await bucket.tag("git", await bucket.image("git", { layers: ["1"] }));
  const before = bucket.keys;
  await bucket.store.remove([tag]);
  bucket.pass(31 * DAY);
  await bucket.collect();
  expect(withoutState(bucket.keys)).toEqual(
    expect.arrayContaining([tag, ...before.filter((key) => key.startsWith("blobs/"))]),
  );
});

it("a dry run says the same, and changes nothing", async () => {
  const bucket = new Bucket();
  await bucket.tag("old", await bucket.image("old", { layers: ["1"], paths: ["old"] }));
  bucket.pass(31 * DAY);
  await bucket.tag("new", await bucket.image("new", { layers: ["2"] }));
  bucket.pass(2 * HOUR);
  const before = new Map(bucket.store.objects);
  const planned = await planCollection(bucket.collecting());
  expect(bucket.store.objects).toEqual(before);
  expect(planned).toEqual(await bucket.collect());
  expect(planned.removed.blob?.objects).toBe(2);
});
