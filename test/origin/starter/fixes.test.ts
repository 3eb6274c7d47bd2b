import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runsOwnProgram } from "../../../origin/starter/fixes.ts";

const EXPRESSIONS = join(import.meta.dirname, "../../../nix/starter");
/** A command line that begins with a program of the package. Variables may stand before it. */
const OWN_PROGRAM = /^\s*(?:\w+=\S+ )*"?\$out\/(?:usr\/)?s?bin\//m;

describe("the builders of foreign packages", () => {
  test.each(["graphviz"])("do not build %s, because its script runs its program", async (name) => {
    const finish = await readdir(join(EXPRESSIONS, "finish"));
    expect(runsOwnProgram([name], { finish })).toBe(true);
    expect(await readFile(join(EXPRESSIONS, `finish/${name}.sh`), "utf8")).toMatch(OWN_PROGRAM);
  });

  test.each(["steps", "finish"])("run no program of a package in the scripts of %s", async (folder) => {
    const files = await readdir(join(EXPRESSIONS, folder));
    const allowed = files.filter((file) => !runsOwnProgram([file.replace(".sh", "")], { finish: [file] }));
    expect(allowed.length).toBeGreaterThan(0);
    for (const file of allowed)
      expect(await readFile(join(EXPRESSIONS, folder, file), "utf8"), file).not.toMatch(OWN_PROGRAM);
  });
});
