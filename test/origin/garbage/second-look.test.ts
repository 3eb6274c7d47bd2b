import { expect, it } from "vitest";
import * as keys from "../../../protocol/storage-keys.ts";
import { Bucket, DAY, HOUR, type PutImage } from "./bucket.ts";

/** Collects, and does something while the collection waits for the grace. Nobody pardons anything. */
async function collectWhile(bucket: Bucket, work: () => Promise<unknown>): Promise<void> {
  const { clock } = bucket.collecting();
  let isDone = false;
  await bucket.collect({
    clock: {
      ...clock,
      sleep: async (ms, signal) => {
        if (!isDone) await work();
        isDone = true;
        await clock.sleep(ms, signal);
      },
    },
  });
}

/** The keys of the image that somebody names while the collection waits. */
async function condemnedImage(): Promise<{ bucket: Bucket; image: PutImage; before: readonly string[] }> {
  const bucket = new Bucket();
  const image = await bucket.image("git", { layers: ["1"] });
  const before = bucket.keys;
  await bucket.blob("garbage");
  bucket.pass(31 * DAY);
  return { bucket, image, before };
}

it("keeps what gets a tag during the grace", async () => {
  const { bucket, image, before } = await condemnedImage();
  await collectWhile(bucket, () => bucket.tag("git", image));
  expect(bucket.keys).toEqual(expect.arrayContaining([...before]));
});

it("keeps what is pulled during the grace", async () => {
  const { bucket, image, before } = await condemnedImage();
  await collectWhile(bucket, () => bucket.put(keys.pulledKey(image.oci), ""));
  const docker = [keys.manifestKey(image.docker), keys.manifestCacheKey(image.docker)];
  const records = before.filter((key) => /^(?:images|requests)\//.test(key));
  const expected = before.filter((key) => ![...docker, ...records].includes(key));
  expect(bucket.keys).toEqual(expect.arrayContaining(expected));
  expect(bucket.keys).not.toContain(docker[0]);
});

it("keeps what a new list names during the grace", async () => {
  const { bucket, image, before } = await condemnedImage();
  await collectWhile(bucket, async () => bucket.list([image, image]));
  expect(bucket.keys).toEqual(expect.arrayContaining([...before]));
});

it("keeps what is unpacked beside a known image during the grace", async () => {
  const { bucket, image } = await condemnedImage();
  await bucket.tag("git", image);
  const artifact = await bucket.attach(image.oci);
  const attached = bucket.store.objects.get(keys.attachedKey(image.oci));
  await bucket.store.remove([keys.attachedKey(image.oci)]);
  bucket.pass(2 * HOUR);
  // The Worker finds the manifests and blobs in R2, and writes only the record.
  await collectWhile(bucket, () => bucket.put(keys.attachedKey(image.oci), attached?.bytes ?? ""));
  expect(bucket.keys).toContain(keys.manifestKey(artifact));
});

it("keeps the layers of a manifest that was missing, and came back during the grace", async () => {
  const { bucket, image, before } = await condemnedImage();
  await bucket.tag("git", image);
  const lost = [image.oci, image.docker].map((digest) => [
    keys.manifestKey(digest),
    bucket.text(keys.manifestKey(digest)),
  ]);
  await bucket.store.remove(lost.map(([key = ""]) => key));
  bucket.pass(2 * HOUR);
  await collectWhile(bucket, async () => {
    for (const [key = "", text = ""] of lost) await bucket.put(key, text);
  });
  expect(bucket.keys.filter((key) => key.startsWith("blobs/"))).toEqual(
    before.filter((key) => key.startsWith("blobs/")),
  );
});

it("keeps the layers of a bundle that a new tag needs again", async () => {
  const bucket = new Bucket();
  const image = await bucket.image("git", { layers: ["1"], paths: ["git"] });
  const bundle = await bucket.bundle("git", "libc");
  const before = bucket.keys;
  bucket.pass(31 * DAY);
  await collectWhile(bucket, () => bucket.tag("git", image));
  expect(bucket.keys).toEqual(expect.arrayContaining([bundle, ...before.filter((key) => key.startsWith("blobs/"))]));
});
