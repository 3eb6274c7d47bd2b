import { describe, expect } from "vitest";
import { findNixFolder, findProgram } from "../../../origin/isolation/programs.ts";
import { test, writeTree } from "../fixtures.ts";

const PROGRAM = { program: "#!/bin/sh\n" };

describe("the search for a program", () => {
  test("finds the first file of this name on PATH", async ({ directory }) => {
    await writeTree(directory, { "a/other": PROGRAM, "b/x": PROGRAM, "c/x": PROGRAM });
    expect(await findProgram("x", `${directory}/a:${directory}/b:${directory}/c`)).toBe(`${directory}/b/x`);
  });

  test("skips a file that is not executable", async ({ directory }) => {
    await writeTree(directory, { "a/x": "text", "b/x": PROGRAM });
    expect(await findProgram("x", `${directory}/a:${directory}/b`)).toBe(`${directory}/b/x`);
  });

  test("skips the current folder", async ({ directory }) => {
    await writeTree(directory, { "a/": "" });
    expect(await findProgram("package.json", `:${directory}/a:`)).toBeUndefined();
    expect(await findProgram("x", "")).toBeUndefined();
  });
});

describe("the folder of Nix's programs", () => {
  test("is the folder after all links", async ({ directory }) => {
    await writeTree(directory, {
      "nix/bin/nix": PROGRAM,
      "nix/bin/nix-instantiate": { link: "nix" },
      "bin/nix-instantiate": { link: `${directory}/nix/bin/nix-instantiate` },
    });
    expect(await findNixFolder(`${directory}/bin`)).toBe(`${directory}/nix/bin`);
  });

  test("is undefined without Nix", async ({ directory }) => {
    expect(await findNixFolder(directory)).toBeUndefined();
  });
});
