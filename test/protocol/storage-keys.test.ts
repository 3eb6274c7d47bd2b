import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { blobKey, imageKey, layerKey, manifestCacheKey, manifestKey, tagKey } from "../../protocol/storage-keys.ts";

const HEX = "0123456789abcdef".repeat(4);
const REQUEST: ImageRequest = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git", "htop"] };
/** KV's own limit, in bytes. */
const MAX_KV_KEY_LENGTH = 512;

test("keys are where design and stored data expect them", () => {
  const digest = sha256Digest(HEX);
  expect(blobKey(digest)).toBe(`blobs/sha256/${HEX}`);
  expect(manifestKey(digest)).toBe(`manifests/sha256/${HEX}`);
  expect(manifestCacheKey(digest)).toBe(`manifest/sha256:${HEX}`);
  expect(layerKey("abc")).toBe("layers/abc");
  expect(imageKey("abc")).toBe("images/abc");
});

describe("a tag's key", () => {
  test.each<[Partial<ImageRequest>, string]>([
    [{}, "tag/4ff9961269bf7630/amd64/latest/git/htop"],
    [{ source: "channel:nixos-25.11" }, "tag/4001283b9d8aebb4/amd64/latest/git/htop"],
    [{ architecture: "arm64", tag: "v1" }, "tag/4ff9961269bf7630/arm64/v1/git/htop"],
    [{ packages: ["python3packages.requests"] }, "tag/4ff9961269bf7630/amd64/latest/python3packages.requests"],
  ])("of %o", async (change, key) => {
    expect(await tagKey({ ...REQUEST, ...change })).toBe(key);
  });

  test("of an image is that of no packages", async () => {
    const image = await tagKey({ ...REQUEST, packages: [], image: "nano" });
    expect(image).toBe("tag/4ff9961269bf7630/amd64/latest/image:nano");
    for (const packages of [["images", "nano"], ["images.nano"], ["image", "nano"], ["nano"]])
      expect(await tagKey({ ...REQUEST, packages })).not.toBe(image);
  });

  test("fits into KV whatever the name, the tag and the source", async () => {
    const { packages } = parseImageName(`shell/${"a".repeat(249)}`, 64);
    const key = await tagKey({ source: "x".repeat(10_000), tag: "t".repeat(128), architecture: "arm64", packages });
    expect(key.length).toBeLessThanOrEqual(MAX_KV_KEY_LENGTH);
  });

  test("is the same for two spellings of one image", async () => {
    const keys = ["git/htop", "htop/git", "htop/git/git"].map((name) =>
      tagKey({ ...REQUEST, packages: parseImageName(name, 64).packages }),
    );
    expect(new Set(await Promise.all(keys)).size).toBe(1);
  });
});
