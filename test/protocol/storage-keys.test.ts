import { describe, expect, test } from "vitest";
import { sha256Digest } from "../../protocol/digest.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import type { ImageRequest, PullRequest } from "../../protocol/image-request.ts";
import {
  attachedKey,
  blobKey,
  imageKey,
  isRevisionIndexPrefix,
  layerKey,
  manifestCacheKey,
  manifestKey,
  nameIndexPrefix,
  parseTagKey,
  pulledKey,
  PUBLIC_KEYS_KEY,
  refKey,
  revisionIndexPrefix,
  sourceKeyPrefix,
  storedTagKey,
  tagKey,
  trustKey,
  tagKeyPrefix,
} from "../../protocol/storage-keys.ts";

const HEX = "0123456789abcdef".repeat(4);
const REQUEST: ImageRequest = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git", "htop"] };
/** KV's limit, in bytes. */
const MAX_KV_KEY_LENGTH = 512;

test("keys never change, because stored data has them", async () => {
  const digest = sha256Digest(HEX);
  expect(blobKey(digest)).toBe(`blobs/sha256/${HEX}`);
  expect(manifestKey(digest)).toBe(`manifests/sha256/${HEX}`);
  expect(manifestCacheKey(digest)).toBe(`manifest/sha256:${HEX}`);
  expect(trustKey(HEX)).toBe(`trust/${HEX}`);
  expect(attachedKey(digest)).toBe(`attached/sha256/${HEX}`);
  expect(pulledKey(digest)).toBe(`pulled/sha256/${HEX}`);
  expect(PUBLIC_KEYS_KEY).toBe("keys/cosign.pub");
  expect(layerKey("abc")).toBe("layers/abc");
  expect(imageKey("abc")).toBe("images/abc");
  expect(await refKey("starter", "latest")).toBe("refs/4ff9961269bf7630/latest");
});

describe("the prefix of an index of names", () => {
  const place = { settings: "starter", revision: "r1", system: "x86_64-linux" };

  test.each([
    ["r1", "index/4ff9961269bf7630/r1/"],
    ["5".repeat(40), `index/4ff9961269bf7630/${"5".repeat(40)}/`],
    [
      "any text/of an operator",
      "index/4ff9961269bf7630/91d7c2b00effcc276674e3460f563aadba7d3a5ae3cb8e3ed625263fbbadb85e/",
    ],
  ])("at the revision %s", async (revision, prefix) => {
    expect(await revisionIndexPrefix({ ...place, revision })).toBe(prefix);
    expect(await nameIndexPrefix({ ...place, revision })).toBe(`${prefix}x86_64-linux/`);
    expect(isRevisionIndexPrefix(prefix)).toBe(true);
  });

  test.each([
    "",
    "index/4ff9961269bf7630/r1",
    "index/4ff9961269bf7630/r1/x86_64-linux/",
    "index/4ff9961269bf7630//",
    "index/4ff9961269bf7630/../",
    "index/4FF9961269BF7630/r1/",
    "index/4ff9/r1/",
    "blobs/4ff9961269bf7630/r1/",
    `index/4ff9961269bf7630/${"r".repeat(129)}/`,
  ])("is not %j", (text) => expect(isRevisionIndexPrefix(text)).toBe(false));
});

describe("a tag's key", () => {
  test.each<[Partial<PullRequest>, string]>([
    [{}, "tag/4ff9961269bf7630/amd64/git/htop:latest"],
    [{ architecture: "amd64+arm64" }, "tag/4ff9961269bf7630/amd64+arm64/git/htop:latest"],
    [{ source: "channel:nixos-25.11" }, "tag/4001283b9d8aebb4/amd64/git/htop:latest"],
    [{ architecture: "arm64", tag: "v1" }, "tag/4ff9961269bf7630/arm64/git/htop:v1"],
    [{ packages: ["python3packages.requests"] }, "tag/4ff9961269bf7630/amd64/python3packages.requests:latest"],
  ])("of %o", async (change, key) => {
    const request: PullRequest = { ...REQUEST, ...change };
    expect(await tagKey(request)).toBe(key);
    expect(await storedTagKey(request)).toBe(key.replace("tag/", "tags/"));
  });

  test("of an image differs from all keys of packages", async () => {
    const image = await tagKey({ ...REQUEST, packages: [], image: "nano" });
    expect(image).toBe("tag/4ff9961269bf7630/amd64/image=nano:latest");
    for (const packages of [["images", "nano"], ["images.nano"], ["image", "nano"], ["image"], ["nano"]])
      expect(image.startsWith(await tagKeyPrefix({ ...REQUEST, packages }))).toBe(false);
  });

  test("fits into KV for every name, tag and source", async () => {
    const { packages } = parseImageName(`shell/${"a".repeat(249)}`, 64);
    const key = await tagKey({
      source: "x".repeat(10_000),
      tag: "t".repeat(128),
      architecture: "amd64+arm64",
      packages,
    });
    expect(key.length).toBeLessThanOrEqual(MAX_KV_KEY_LENGTH);
  });

  test("is the same for two spellings of one image", async () => {
    const keys = ["git/htop", "htop/git", "htop/git/git"].map((name) =>
      tagKey({ ...REQUEST, packages: parseImageName(name, 64).packages }),
    );
    expect(new Set(await Promise.all(keys)).size).toBe(1);
  });

  test("begins with its image's prefix, and with no other image's", async () => {
    const key = await tagKey(REQUEST);
    expect(key).toBe(`${await tagKeyPrefix(REQUEST)}latest`);
    for (const packages of [["git"], ["git", "ht"], ["git", "htop", "jq"], ["htop"]]) {
      expect(key.startsWith(await tagKeyPrefix({ ...REQUEST, packages }))).toBe(false);
    }
  });

  test("can be read back as architecture and packages, or as the image", async () => {
    const prefix = await sourceKeyPrefix(REQUEST.source);
    const { architecture, packages } = REQUEST;
    expect(parseTagKey(await tagKey(REQUEST), prefix)).toEqual({ architecture, packages });
    const web = { architecture, packages: [], image: "web" };
    expect(parseTagKey(await tagKey({ ...REQUEST, ...web }), prefix)).toEqual(web);
    expect(parseTagKey(`${prefix}latest/git:x`, prefix)).toBeUndefined();
    expect(parseTagKey(`${prefix}amd64/git`, prefix)).toBeUndefined();
  });
});
