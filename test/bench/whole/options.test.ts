import { describe, expect, it } from "vitest";
import { IMAGES, isSlowed, parseWholeOptions, PARTS } from "../../../bench/whole/options.ts";

describe("the options of the whole bench", () => {
  it("has five rounds of everything, alone and beside two busy loops, without a slow connection", () => {
    const options = parseWholeOptions([]);
    expect(options).toEqual({
      rounds: 5,
      parts: new Set(PARTS),
      images: new Set(IMAGES),
      loads: [0, 2],
      latency: { r2ReadMs: 0, r2WriteMs: 0, kvMs: 0 },
      mbit: undefined,
      nixery: undefined,
    });
    expect(isSlowed(options)).toBe(false);
  });

  it("reads a quick look at one part", () => {
    const quick = ["--rounds", "1", "--only", "cold,pull", "--loads", "0", "--images", "python3/ffmpeg"];
    expect(parseWholeOptions(quick)).toMatchObject({
      rounds: 1,
      parts: new Set(["cold", "pull"]),
      loads: [0],
      images: new Set(["python3/ffmpeg"]),
    });
  });

  it.each([
    [["--latency", "60,250,300"], { r2ReadMs: 60, r2WriteMs: 250, kvMs: 300 }, undefined],
    [["--mbit", "100"], { r2ReadMs: 0, r2WriteMs: 0, kvMs: 0 }, 100],
  ])("reads the slow connection of %j", (args, latency, mbit) => {
    const options = parseWholeOptions(args);
    expect(options).toMatchObject({ latency, mbit });
    expect(isSlowed(options)).toBe(true);
  });

  it.each([
    [["--rounds", "0"], "at least 1"],
    [["--rounds", "many"], "whole number"],
    [["--only", "warm,tepid"], '"tepid"'],
    [["--images", "git"], '"git"'],
    [["--latency", "60,250"], "three numbers"],
    [["--latency", "60,250,300,1"], "three numbers"],
    [["--loads", "-1"], "--loads"],
    [["--fast"], "--fast"],
  ])("refuses %j", (args, message) => {
    expect(() => parseWholeOptions(args)).toThrow(message);
  });
});
