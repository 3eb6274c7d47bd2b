import { describe, expect, it } from "vitest";
import { parseAssemblyOptions } from "../../../bench/assembly/options.ts";

describe("the options of the assembly bench", () => {
  it("has a sample of 60 packages by default", () => {
    const defaults = { packages: 60, images: 200, originImages: 40, draws: 1000, clients: 1000, seed: 1 };
    expect(parseAssemblyOptions([])).toEqual(defaults);
  });

  it("reads a quick look, and all packages", () => {
    const quick = [
      "--packages",
      "8",
      "--images",
      "10",
      "--built",
      "5",
      "--draws",
      "30",
      "--clients",
      "20",
      "--seed",
      "5",
    ];
    expect(parseAssemblyOptions(quick)).toEqual({
      packages: 8,
      images: 10,
      originImages: 5,
      draws: 30,
      clients: 20,
      seed: 5,
    });
    expect(parseAssemblyOptions(["--packages", "all"]).packages).toBeUndefined();
  });

  it.each([
    [["--packages", "none"], '--packages has "none"'],
    [["--images", "0"], "--images"],
    [["--clients", "-1"], "--clients"],
    [["--draws", "1e3"], "--draws"],
    [["--fast"], "--fast"],
    [["warm"], "warm"],
  ])("refuses %j", (args, message) => {
    expect(() => parseAssemblyOptions(args)).toThrow(message);
  });
});
