import { describe, expect, test } from "vitest";
import { buildAddress, parseBuildAddress } from "../../../worker/builds/build-address.ts";

const KEY = "a1".repeat(32);

describe("the path of a build's page", () => {
  test("is parsed", () => {
    expect(parseBuildAddress(buildAddress(KEY))).toBe(KEY);
  });

  test.each(["/builds/", `/builds/${KEY}/`, `/builds/${KEY}0`, `/builds/${KEY.toUpperCase()}`, `/builds//${KEY}`])(
    "is not %s",
    (path) => {
      expect(parseBuildAddress(path)).toBeUndefined();
    },
  );
});
