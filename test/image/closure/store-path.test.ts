import { describe, expect, test } from "vitest";
import { isStorePath, storePathName } from "../../../image/closure/store-path.ts";
import { compareText } from "../../../protocol/compare-text.ts";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";

describe("it is a store path:", () => {
  test.each(["git-2.51.0", "a", "A+b-c.d_e?f=g", "x".repeat(211)])("%s", (name) => {
    expect(isStorePath(`/nix/store/${HASH}-${name}`)).toBe(true);
  });
});

describe("it is not a store path:", () => {
  test.each([
    "",
    "/nix/store",
    `/nix/store/${HASH}`,
    `/nix/store/${HASH}-`,
    `/nix/store/${HASH.slice(1)}-git`,
    `/nix/store/e${HASH.slice(1)}-git`,
    `/nix/store/${HASH.toUpperCase()}-git`,
    `/nix/store/${HASH}-git/bin`,
    `/nix/store/${HASH}-git\n`,
    `/nix/store/${HASH}-gît`,
    `/nix/store/${HASH}-${"x".repeat(212)}`,
    `nix/store/${HASH}-git`,
    `/nix/store/../${HASH}-git`,
  ])("%j", (path) => {
    expect(isStorePath(path)).toBe(false);
  });
});

test("a store path has a name without directory and hash", () => {
  expect(storePathName(`/nix/store/${HASH}-git-2.51.0`)).toBe("git-2.51.0");
});

test("text is compared by code unit, not by language", () => {
  expect(["b", "a", "B", "a-b", "a.b", "a/b", "a"].toSorted(compareText)).toEqual([
    "B",
    "a",
    "a",
    "a-b",
    "a.b",
    "a/b",
    "b",
  ]);
});
