import { describe, expect, test } from "vitest";
import type { ImageOptions } from "../../../image/closure/image-options.ts";
import { closureKey } from "../../../image/keys/closure-key.ts";

const BASH = "/nix/store/11111111111111111111111111111111-bash-5.3";
const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
const root = { name: "git", attribute: "git", path: GIT, requested: true };
const extra = { name: "bash", attribute: "bash", path: BASH, requested: false };
const git = { path: GIT, narSize: 1, references: [BASH] };
const bash = { path: BASH, narSize: 2, references: [] };
const INPUT = {
  image: { packages: [root, extra], closure: [git, bash] },
  architecture: "amd64",
  maxStoreLayers: 100,
  popularity: { hash: "p" },
  compression: "gzip",
} as const;

test("the key is a hash over sorted lines", async () => {
  // printf 'cornice image 8 amd64 100 p gzip\nroot bash BASH false\nroot git GIT true\nGIT\nBASH' | sha256sum
  expect(await closureKey(INPUT)).toBe("f65e4ad51ea77845a3376473261f1b4b775f098caed1606710b8652ac8f557f3");
});

describe("the key stays the same", () => {
  test.each([
    ["in another order", { ...INPUT, image: { packages: [extra, root], closure: [bash, git] } }],
    [
      "under another spelling of a name",
      { ...INPUT, image: { ...INPUT.image, packages: [{ ...root, name: "GIT" }, extra] } },
    ],
    [
      "with other sizes and references",
      { ...INPUT, image: { ...INPUT.image, closure: [{ ...git, narSize: 9, references: [] }, bash] } },
    ],
  ])("%s", async (_, input) => {
    expect(await closureKey(input)).toBe(await closureKey(INPUT));
  });
});

describe("the key of an image with options", () => {
  const withOptions = (options: ImageOptions) => closureKey({ ...INPUT, image: { ...INPUT.image, options } });

  test("differs from all other keys", async () => {
    const keys = await Promise.all([
      closureKey(INPUT),
      withOptions({}),
      withOptions({ cmd: ["a"] }),
      withOptions({ entrypoint: ["a"] }),
      withOptions({ cmd: ["a", "b"] }),
      withOptions({ env: { a: "b" } }),
      withOptions({ labels: { a: "b" } }),
      withOptions({ user: "a" }),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("is the same for equal options", async () => {
    expect(await withOptions({ cmd: ["a"], env: { A: "1" } })).toBe(await withOptions({ cmd: ["a"], env: { A: "1" } }));
  });
});

describe("the key differs", () => {
  test.each([
    ["for another architecture", { ...INPUT, architecture: "arm64" as const }],
    ["with another compression", { ...INPUT, compression: "zstd" as const }],
    ["for another number of layers", { ...INPUT, maxStoreLayers: 99 }],
    ["for another popularity", { ...INPUT, popularity: { hash: "q" } }],
    ["without one of the paths", { ...INPUT, image: { ...INPUT.image, closure: [git] } }],
    ["without one of the packages", { ...INPUT, image: { ...INPUT.image, packages: [root] } }],
    [
      "if an added package becomes a requested one",
      { ...INPUT, image: { ...INPUT.image, packages: [root, { ...extra, requested: true }] } },
    ],
    [
      "for another attribute, because a label names it",
      { ...INPUT, image: { ...INPUT.image, packages: [{ ...root, attribute: "gitFull" }, extra] } },
    ],
  ])("%s", async (_, input) => {
    expect(await closureKey(input)).not.toBe(await closureKey(INPUT));
  });
});
