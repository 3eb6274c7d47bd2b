import { afterEach, expect, test, vi } from "vitest";
import { parseImageName } from "../../../protocol/image-name.ts";
import { tagKey } from "../../../protocol/storage-keys.ts";
import { listedImage, requestedImage } from "../../../worker/requests/requested-image.ts";

const SETTINGS = {
  packageSource: "starter",
  defaultArchitecture: "amd64",
  maxPackages: 64,
  origin: { secret: "a secret of 32 characters, or of more" },
} as const;
const GIT = { name: parseImageName("git", 64), tag: "v1" };

afterEach(() => {
  vi.restoreAllMocks();
});

test("an image has the tag key of its request", async () => {
  const image = await requestedImage(SETTINGS, GIT);
  expect(image.request).toEqual({ source: "starter", tag: "v1", architecture: "amd64", packages: ["git"] });
  expect(image.tagKey).toBe(await tagKey(image.request));
});

test("each key is hashed once, and the build's keys only when they are needed", async () => {
  const digest = vi.spyOn(crypto.subtle, "digest");
  const image = await requestedImage(SETTINGS, GIT);
  expect(digest).toHaveBeenCalledTimes(1);
  const [name, key] = [await image.buildName(), await image.buildKey()];
  expect(key.startsWith(name)).toBe(true);
  expect([await image.buildName(), await image.buildKey()]).toEqual([name, key]);
  expect(digest).toHaveBeenCalledTimes(2);
});

test("a tag whose key was read from KV is not hashed", async () => {
  const { tagKey: key } = await requestedImage(SETTINGS, GIT);
  const digest = vi.spyOn(crypto.subtle, "digest");
  expect(listedImage(SETTINGS, GIT, key).tagKey).toBe(key);
  expect(digest).not.toHaveBeenCalled();
});

test.each(["sha256-0.sig", "a..b", "v1.lock"])("no image can have the tag %s", async (tag) => {
  await expect(requestedImage(SETTINGS, { ...GIT, tag })).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
});
