import { afterEach, describe, expect, test, vi } from "vitest";
import { parseImageName } from "../../../protocol/image-name.ts";
import { tagKey } from "../../../protocol/storage-keys.ts";
import { imagesOfName, requestedImage, requestedNames } from "../../../worker/requests/requested-image.ts";

const SETTINGS = {
  packageSource: "starter",
  defaultArchitecture: "amd64",
  platforms: ["amd64"],
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

describe("with two platforms", () => {
  const config = { ...SETTINGS, platforms: ["amd64", "arm64"] } as const;

  test("a name stands for a list, and for an image if the client takes no list", async () => {
    const [list, image] = [await requestedImage(config, GIT), await requestedImage(config, GIT, false)];
    expect(list.request).toEqual({ source: "starter", tag: "v1", architecture: "amd64+arm64", packages: ["git"] });
    expect(image.request).toEqual({ source: "starter", tag: "v1", architecture: "amd64", packages: ["git"] });
    expect(list.tagKey).not.toBe(image.tagKey);
    expect(await list.buildName()).not.toBe(await image.buildName());
  });

  test("an architecture in the name chooses an image for all clients", async () => {
    const named = { ...GIT, name: parseImageName("arm64/git", 64) };
    for (const takesLists of [true, false]) {
      expect((await requestedImage(config, named, takesLists)).request.architecture).toBe("arm64");
    }
  });

  test.each([
    ["git", ["amd64+arm64", "amd64"], ["amd64", "arm64"]],
    ["arm64/git", ["arm64"], ["arm64"]],
  ])("%s may stand for %j, and has the images %j", (text, names, images) => {
    const name = parseImageName(text, 64);
    expect(requestedNames(config, name).map(({ architecture }) => architecture)).toEqual(names);
    expect(imagesOfName(config, name).map(({ architecture }) => architecture)).toEqual(images);
  });
});

test.each(["sha256-0.sig", "a..b", "v1.lock"])("no image can have the tag %s", async (tag) => {
  await expect(requestedImage(SETTINGS, { ...GIT, tag })).rejects.toMatchObject({ code: "MANIFEST_UNKNOWN" });
});
