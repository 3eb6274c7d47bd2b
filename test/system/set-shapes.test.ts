import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { NIXPKGS, OWN_SHAPES, SHAPES_OVER_NIXPKGS, type Shape, WRONG_SETS } from "./set-shapes.ts";
import { pullFromSource, testIsolation } from "./source-pull.ts";

let directory: string;
let nixpkgs: string;
let isolation: ReturnType<typeof testIsolation>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-shapes-"));
  nixpkgs = await writeTree(join(directory, "nixpkgs"), NIXPKGS);
  isolation = testIsolation(nixEnvironment({ PATH: process.env["PATH"] ?? "", HOME: directory }));
});

afterAll(async () => {
  await isolation.close();
  await rm(directory, { recursive: true, force: true });
});

async function pull(files: Shape["files"], name: string, settings: Readonly<Record<string, string>> = {}) {
  const set = await writeTree(join(directory, randomUUID()), files);
  return pullFromSource({ directory, env: { CORNICE_PKGS_PATH: set, ...settings }, name, isolation });
}

describe("a set in the shape of", () => {
  it.each(OWN_SHAPES)("$title is served", async ({ files, name, text }) => {
    const { packages } = await pull(files, name);
    expect(await readFile(packages[0]?.path ?? "", "utf8")).toMatch(text);
  });

  it.each(SHAPES_OVER_NIXPKGS)("$title is served over a nixpkgs", async ({ files, name, text }) => {
    const { packages } = await pull(files, name, { CORNICE_NIXPKGS: nixpkgs });
    expect(await readFile(packages[0]?.path ?? "", "utf8")).toMatch(text);
  });

  it.each(WRONG_SETS)("%s is refused in one sentence", async (_, text, reason) => {
    const error = await rejection(pull({ "default.nix": text }, "own"));
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message: `building own failed: ${reason}` });
  });

  it("a user repository names the setting if there is no nixpkgs", async () => {
    const error = await rejection(
      pull({ "default.nix": "{ pkgs ? import <nixpkgs> { } }: { own = pkgs.hello; }" }, "own"),
    );
    expect(String(error)).toContain("the operator can name a nixpkgs with CORNICE_NIXPKGS");
  });
});
