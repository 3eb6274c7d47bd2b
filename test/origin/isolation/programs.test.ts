import { describe, expect } from "vitest";
import { findNixFolder, findProgram } from "../../../origin/isolation/programs.ts";
import { test, writeTree } from "../fixtures.ts";

const PROGRAM = { program: "#!/bin/sh\n" };

describe("a program is", () => {
  test("the first of its name on PATH", async ({ directory }) => {
    await writeTree(directory, { "a/other": PROGRAM, "b/x": PROGRAM, "c/x": PROGRAM });
    expect(await findProgram("x", `${directory}/a:${directory}/b:${directory}/c`)).toBe(`${directory}/b/x`);
  });

  test("no file that cannot be run", async ({ directory }) => {
    await writeTree(directory, { "a/x": "text", "b/x": PROGRAM });
    expect(await findProgram("x", `${directory}/a:${directory}/b`)).toBe(`${directory}/b/x`);
  });

  test("none of the folder that we happen to be in", async ({ directory }) => {
    await writeTree(directory, { "a/": "" });
    expect(await findProgram("package.json", `:${directory}/a:`)).toBeUndefined();
    expect(await findProgram("x", "")).toBeUndefined();
  });
});

describe("the folder of Nix's programs", () => {
  test("is where the links lead", async ({ directory }) => {
    await writeTree(directory, {
      "nix/bin/nix": PROGRAM,
      "nix/bin/nix-instantiate": { link: "nix" },
      "bin/nix-instantiate": { link: `${directory}/nix/bin/nix-instantiate` },
    });
    expect(await findNixFolder(`${directory}/bin`)).toBe(`${directory}/nix/bin`);
  });

  test("is unknown where there is no Nix", async ({ directory }) => {
    expect(await findNixFolder(directory)).toBeUndefined();
  });
});
