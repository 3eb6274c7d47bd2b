import { describe, expect } from "vitest";
import { findNixFolder, findProgram, parseNixBin } from "../../../origin/isolation/programs.ts";
import { ConfigError, Settings } from "../../../origin/system/settings.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

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

describe("the folder that CORNICE_NIX_BIN names", () => {
  const programs = { "nix/bin/nix": PROGRAM, "nix/bin/nix-instantiate": { link: "nix" }, "nix/bin/nix-store": PROGRAM };
  const whole = { ...programs, "nix/bin/nix-daemon": PROGRAM };

  test.for(["nix/bin", "nix/bin/nix", "nix/bin/nix-store", "links", "link"])(
    "is found by %s",
    async (name, { directory }) => {
      const links = { links: { link: "nix/bin" }, link: { link: "nix/bin/nix" } };
      await writeTree(directory, { ...whole, ...links, "path/nix-instantiate": PROGRAM });
      expect(await findNixFolder(`${directory}/path`, `${directory}/${name}`)).toBe(`${directory}/nix/bin`);
    },
  );

  test.for([
    ["nowhere", "there is no DIRECTORY/nowhere, or this user may not reach it"],
    ["nix/bin", "nix-daemon is not there"],
    ["empty", "nix is not there"],
  ])("cannot be %s", async ([name = "", reason = ""], { directory }) => {
    await writeTree(directory, { ...programs, "empty/": "" });
    const error = await rejection(findNixFolder("", `${directory}/${name}`));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(reason.replace("DIRECTORY", directory));
    expect(String(error)).toMatch(/CORNICE_NIX_BIN/);
  });

  test("must have an absolute path", () => {
    const settings = new Settings({ CORNICE_NIX_BIN: "nix/bin" });
    expect(parseNixBin(settings)).toBeUndefined();
    expect(settings.problems).toEqual(['CORNICE_NIX_BIN is "nix/bin"; it must be an absolute path']);
  });
});
