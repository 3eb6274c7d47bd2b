import { describe, expect, it } from "vitest";
import { createCombinations, samplePackages } from "../../../bench/assembly/combinations.ts";
import { seededRandom } from "../../../bench/layering/seeded-random.ts";

const PACKAGES = ["a", "b", "c", "d", "e", "f"];

function draws(count: number, wanted: { min: number; max: number; among?: readonly string[] }, seed = 1): string[] {
  const combinations = createCombinations(PACKAGES, seededRandom(seed));
  return Array.from({ length: count }, () => combinations.draw(wanted));
}

describe("combinations", () => {
  it("are new each time, with sorted packages of the wanted number", () => {
    const names = draws(35, { min: 2, max: 3 });
    expect(new Set(names).size).toBe(35);
    for (const name of names) {
      const packages = name.split("/");
      expect(packages).toEqual([...new Set(packages)].toSorted());
      expect([2, 3]).toContain(packages.length);
    }
  });

  it("have one of the wanted packages", () => {
    for (const name of draws(20, { min: 2, max: 4, among: ["e", "f"] })) expect(name).toMatch(/e|f/);
  });

  it("are the same for the same seed only", () => {
    const wanted = { min: 1, max: 5 };
    expect(draws(20, wanted, 7)).toEqual(draws(20, wanted, 7));
    expect(draws(20, wanted, 7)).not.toEqual(draws(20, wanted, 8));
  });

  it("come to an end", () => {
    expect(() => draws(7, { min: 1, max: 1 })).toThrow("6 packages have no more combinations");
  });
});

describe("a sample of packages", () => {
  it("has the wanted ones first, and is the same for the same seed", () => {
    const sample = () => samplePackages(PACKAGES, { count: 4, always: ["f", "a"] }, seededRandom(3));
    expect(sample().slice(0, 2)).toEqual(["f", "a"]);
    expect(new Set(sample()).size).toBe(4);
    expect(sample()).toEqual(sample());
  });

  it("may be all packages", () => {
    const sample = samplePackages(PACKAGES, { count: 99, always: ["a"] }, seededRandom(1));
    expect(sample.toSorted()).toEqual(PACKAGES);
  });
});
