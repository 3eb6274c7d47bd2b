import { glob } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { gatherSet, isUnused } from "../../../deploy/images/gather.ts";
import { findProgramFiles, type ProgramFiles } from "../../../deploy/images/program-files.ts";
import { test } from "../../origin/fixtures.ts";
import { matching } from "../../matchers.ts";
import { run } from "../../system/program.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");

let files: ProgramFiles;

beforeAll(async () => {
  files = await findProgramFiles(REPOSITORY);
});

describe("the files of the programs", () => {
  test("have the origin, its threads and the command line, and no tests and no page", () => {
    expect(files.sources).toEqual(
      expect.arrayContaining(["origin/service/main.ts", "origin/packing/packing-thread.ts", "cli/main.ts"]),
    );
    expect(files.sources.filter((file) => /^(?:test|web|bench|deploy)\//.test(file))).toEqual([]);
  });

  test("have the packages that these import, and nothing of the Worker's tools", () => {
    expect(files.packages).toEqual(expect.arrayContaining(["node_modules/@aws-sdk/client-s3", "node_modules/hono"]));
    for (const tool of ["wrangler", "miniflare", "esbuild", "preact"])
      expect(files.packages).not.toContain(`node_modules/${tool}`);
  });

  test("keep all files of packages that a program imports", () => {
    expect(files.imported.filter(isUnused)).toEqual([]);
  });
});

describe("the gathered set", () => {
  test("has programs that start, and no file that Node.js would not load", async ({ directory }) => {
    const set = join(directory, "set");
    await gatherSet(REPOSITORY, set);
    const program = join(set, "program");
    const found = await Array.fromAsync(glob("**", { cwd: program }));
    expect(found.filter(isUnused)).toEqual([]);
    const cornice = (...args: string[]) => run(join(set, "node"), [join(program, "cli/main.ts"), ...args], { env: {} });
    expect(await cornice("--version")).toMatchObject({ code: 0, stderr: "" });
    expect(await cornice("serve")).toMatchObject({ code: 1, stderr: matching(/an origin alone/) });
  });
});
