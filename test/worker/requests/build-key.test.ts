import { describe, expect, test } from "vitest";
import { buildKey, buildName, type KeySettings, nameOfKey } from "../../../worker/requests/build-key.ts";
import type { ImageRequest } from "../../../protocol/image-request.ts";
import { tagKey } from "../../../protocol/storage-keys.ts";
import { imageRequest } from "../origin.ts";

const KEEPER = { origin: { secret: "a secret of 32 characters, or of more" } };
const GIT = imageRequest("git");

async function nameOf(image: ImageRequest): Promise<string> {
  return buildName(await tagKey(image));
}

async function keyOf(settings: KeySettings, image: ImageRequest): Promise<string> {
  return buildKey(settings, await nameOf(image));
}

describe("a build's key", () => {
  test("is fixed, so that pages of builds keep their addresses", async () => {
    // printf 'tag/%s/amd64/git:latest' "$(printf starter | sha256sum | head -c 16)" | sha256sum | head -c 48
    const name = "98d9032bbeb5310ce447f5b04b3869e5fcb059c9a7c36f9b";
    expect(await nameOf(GIT)).toBe(name);
    expect(await keyOf(KEEPER, GIT)).toMatch(new RegExp(`^${name}[0-9a-f]{16}$`));
  });

  test("leads to the build's name", async () => {
    expect(await nameOfKey(KEEPER, await keyOf(KEEPER, GIT))).toBe(await nameOf(GIT));
  });

  test("differs from request to request, and with the secret", async () => {
    const other = { origin: { secret: `${KEEPER.origin.secret}!` } };
    const keys = await Promise.all([
      keyOf(KEEPER, GIT),
      keyOf(KEEPER, { ...GIT, tag: "v1" }),
      keyOf(KEEPER, { ...GIT, architecture: "arm64" }),
      keyOf(other, GIT),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
    expect(await nameOfKey(other, await keyOf(KEEPER, GIT))).toBeUndefined();
  });

  test("with any other digit is invalid", async () => {
    const key = await keyOf(KEEPER, GIT);
    for (let index = 0; index < key.length; index++) {
      const digit = key[index] === "0" ? "1" : "0";
      expect(await nameOfKey(KEEPER, key.slice(0, index) + digit + key.slice(index + 1))).toBeUndefined();
    }
  });
});
