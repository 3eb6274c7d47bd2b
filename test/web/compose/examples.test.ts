import { describe, expect, it } from "vitest";
import { exampleNames, hasShell } from "../../../web/compose/examples.ts";

const SHELL = ["bashinteractive", "coreutils", "moreutils", "nano"];

function set(...names: readonly string[]) {
  return { packages: names.map((name) => [name, "1", ""] as const), descriptions: names.map(() => "") };
}

describe("the examples of a package set", () => {
  it("are the usual ones that it has", () => {
    expect(exampleNames(set(...SHELL, "git", "htop", "jq", "python3"))).toEqual(["shell/git/htop", "python3"]);
    expect(exampleNames(set("git", "htop", "python3"))).toEqual(["python3"]);
  });

  it("are its first packages if it has none of the usual ones", () => {
    expect(exampleNames(set("a", "b", "c", "d"))).toEqual(["a", "b", "c"]);
    expect(exampleNames(set())).toEqual([]);
  });
});

it("a set has a shell if it has all packages of a shell", () => {
  expect(hasShell(set(...SHELL))).toBe(true);
  expect(hasShell(set("coreutils", "nano"))).toBe(false);
});
