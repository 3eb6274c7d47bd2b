import { describe, expect, it } from "vitest";
import { count, formatDuration, formatNumber, pathName } from "../../../web/page/format.ts";

describe("times", () => {
  it.each([
    [-5, "0.0 s"],
    [4210, "4.2 s"],
    [59_960, "1 min 0 s"],
    [192_000, "3 min 12 s"],
    [3_840_000, "1 h 4 min"],
  ])("%d ms are %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe("numbers", () => {
  it("have gaps between thousands", () => {
    expect(formatNumber(999)).toBe("999");
    expect(formatNumber(1_234_567)).toBe("1\u202f234\u202f567");
  });

  it("have their noun in the singular or plural", () => {
    expect(count(1, "layer")).toBe("1 layer");
    expect(count(0, "layer")).toBe("0 layers");
  });
});

describe("a store path", () => {
  it("is shown by its name", () => {
    expect(pathName("/nix/store/0qaqmvy99qhcljrda330h9na0fvh5p55-git-2.39.5")).toBe("git-2.39.5");
  });
});
