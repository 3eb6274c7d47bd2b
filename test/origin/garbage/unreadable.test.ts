import { describe, expect, it } from "vitest";
import { sha256Digest } from "../../../protocol/digest.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { SWEEP_STATE_KEY } from "../../../protocol/sweep-state.ts";
import { Bucket, DAY, hexOf, HOUR, type PutImage } from "./bucket.ts";

interface Filled {
  readonly bucket: Bucket;
  readonly image: PutImage;
  readonly tag: string;
  readonly bundle: string;
}

/** Has one tag, and some garbage. */
async function filled(): Promise<Filled> {
  const bucket = new Bucket();
  await bucket.blob("garbage");
  const image = await bucket.image("git", { layers: ["1"], paths: ["git"] });
  bucket.pass(31 * DAY);
  const tag = await bucket.tag("git", image);
  await bucket.attach(image.oci);
  await bucket.layerList(["1"]);
  const bundle = await bucket.bundle("git", "libc");
  bucket.pass(2 * HOUR);
  return { bucket, image, tag, bundle };
}

const NAMING = [
  ["a tag", ({ tag }: Filled) => tag],
  ["a manifest", ({ image }: Filled) => keys.manifestKey(image.oci)],
  ["a record of attachments", ({ image }: Filled) => keys.attachedKey(image.oci)],
  ["the list of layers", () => keys.LAYER_LIST_KEY],
  ["a young bundle", ({ bundle }: Filled) => bundle],
] as const;

describe("an object that names others and that nobody can read", () => {
  describe.each(NAMING)("such as %s", (_, keyOf) => {
    it.each([
      ["damaged", "{"],
      ["of a newer version", '{"version":99,"manifests":{}}'],
      ["too large", " ".repeat(20_000_000)],
    ])("stops the collection before it removes anything: %s", async (_how, content) => {
      const all = await filled();
      const { bucket } = all;
      const key = keyOf(all);
      await bucket.put(key, content);
      bucket.index.pairs.clear();
      bucket.pass(2 * HOUR);
      const before = bucket.keys;
      await expect(bucket.collect()).rejects.toThrow(
        `${key} is damaged, or of another version\nnobody knows what they need, so nothing is removed; run: bin/cornice fsck --repair`,
      );
      expect(bucket.keys).toEqual(before);
    });
  });

  it("stops nothing if KV has a whole copy of a manifest", async () => {
    const { bucket, image } = await filled();
    await bucket.put(keys.manifestKey(image.oci), "{");
    bucket.pass(2 * HOUR);
    const blobs = [blobOf("1"), blobOf("config of git")];
    await bucket.collect();
    expect(bucket.keys).toEqual(expect.arrayContaining([keys.manifestKey(image.oci), ...blobs]));
    expect(bucket.keys).not.toContain(blobOf("garbage"));
  });

  it("is told with at most nine others", async () => {
    const bucket = new Bucket();
    for (let count = 0; count < 12; count += 1)
      await bucket.put(await bucket.tag(`p${count}`, { oci: digest("a"), docker: digest("b") }), "{");
    await expect(bucket.collect()).rejects.toThrow(/^(?:tags.*\n){10}and 2 more\nnobody knows/);
  });

  it("is garbage itself if it is an old manifest or bundle without a use", async () => {
    const { bucket, bundle } = await filled();
    const manifest = keys.manifestKey(digest("manifest"));
    await bucket.put(manifest, "{");
    await bucket.put(bundle, "damaged");
    bucket.pass(31 * DAY);
    await bucket.collect();
    expect(bucket.keys).not.toContain(manifest);
    expect(bucket.keys).not.toContain(bundle);
  });
});

it("records that can be made again stop nothing", async () => {
  const { bucket, image } = await filled();
  const records = [keys.contentsKey(image.oci), keys.imageKey(hexOf("git")), keys.requestKey(hexOf("request of git"))];
  for (const key of records) await bucket.put(key, "damaged");
  await bucket.put(await keys.refKey("test", "latest"), "damaged");
  bucket.pass(2 * HOUR);
  await bucket.collect();
  expect(bucket.keys).toEqual(expect.arrayContaining(records));
  expect(bucket.keys).not.toContain(blobOf("garbage"));
});

it("a state of a newer version stops the collection", async () => {
  const { bucket } = await filled();
  await bucket.put(SWEEP_STATE_KEY, '{"version":2}');
  const before = bucket.keys;
  await expect(bucket.collect()).rejects.toThrow(/gc\/state is damaged, or of a newer version/);
  expect(bucket.keys).toEqual(before);
});

it("a manifest that is missing stops nothing", async () => {
  const { bucket, image } = await filled();
  await bucket.store.remove([keys.manifestKey(image.docker)]);
  await bucket.collect();
  expect(bucket.keys).toContain(keys.manifestKey(image.oci));
});

function blobOf(text: string): string {
  return keys.blobKey(digest(text));
}

function digest(text: string) {
  return sha256Digest(hexOf(text));
}
