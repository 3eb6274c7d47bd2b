import { randomUUID } from "node:crypto";
import { copyFile, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PackageMetadata } from "../../image/facts/package-metadata.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { writeTree } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { withIndexedSource } from "./evaluated-names.ts";
import { NIX_VERSIONS } from "./newer-nix.ts";
import { REPOSITORY } from "./registry.ts";
import { pullFromSource, SYSTEM } from "./source-pull.ts";

let directory: string;
let source: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-metadata-"));
  const salt = randomUUID();
  const set = await writeTree(join(directory, "set"), {
    "default.nix": `import ./told-packages.nix { salt = "${salt}"; }`,
    "flake.nix": `{ outputs = { self }: { packages.${SYSTEM} = import ./flake-set.nix; }; }`,
    // A flake does not know the machine's system.
    "flake-set.nix": `scopedImport { builtins = builtins // { currentSystem = "${SYSTEM}"; }; } ./told-packages.nix { salt = "${salt}"; }`,
  });
  await copyFile(join(REPOSITORY, "test/system/told-packages.nix"), join(set, "told-packages.nix"));
  source = { CORNICE_PKGS_PATH: set };
});

afterAll(() => removeFolder(directory));

const TOLD = {
  licenses: [{ id: "GPL-2.0-only" }, { name: "house" }, { id: "MIT" }],
  homepage: "https://told.example/",
  cpe: "cpe:2.3:a:told:told:1.0:*:*:*:*:*:*:*",
  debian: [],
};
const SINGLE = { licenses: [{ id: "Zlib" }], homepage: "https://first.example/", debian: [] };
const HOSTILE = { licenses: [{ name: "<script>" }, { name: "Bad name" }], debian: [] };
const PACKAGES: readonly (readonly [string, PackageMetadata | undefined])[] = [
  ["told", TOLD],
  ["single", SINGLE],
  ["hostile", HOSTILE],
  ["throwing", undefined],
  ["text", undefined],
];
/** Nix cannot catch the error. */
const FATAL = ["missing", "mistyped", "recursing"];

async function pull(name: string, env = source) {
  const { packages, log } = await pullFromSource({ directory, env, name });
  return { metadata: packages[0]?.metadata, errors: log.filter((line) => /error|trace|missing'/.test(line)) };
}

describe("an image knows what the set tells of its packages:", () => {
  it.each(PACKAGES)("%s", async (name, metadata) => {
    expect((await pull(name)).metadata).toEqual(metadata);
  });

  it.each(FATAL)("an error in it fails no pull, and is no part of the log: %s", async (name) => {
    expect(await pull(name)).toEqual({ metadata: undefined, errors: [] });
  });

  it("at most 100 licenses", async () => {
    expect((await pull("endless")).metadata?.licenses).toHaveLength(100);
  });

  it("of a flake", async () => {
    const flake = { CORNICE_FLAKE: source["CORNICE_PKGS_PATH"] ?? "" };
    expect((await pull("told", flake)).metadata).toEqual(TOLD);
    expect((await pull("missing", flake)).metadata).toBeUndefined();
  });

  it.each(NIX_VERSIONS)("with %s", async (_, path) => {
    const env = { ...source, PATH: await path() };
    expect((await pull("told", env)).metadata).toEqual(TOLD);
    for (const name of FATAL) expect(await pull(name, env)).toEqual({ metadata: undefined, errors: [] });
  });
});

it("the index of names has the same", async () => {
  const env = { ...source, CORNICE_SOURCE_REVISION: "r1" };
  const found = await withIndexedSource({ directory, env }, async ({ index, revision }) => {
    const names = [...PACKAGES.map(([name]) => name), ...FATAL];
    const architecture = hostArchitecture();
    return Promise.all(
      names.map(async (name) => {
        const packages = await index.find({ packages: [name], architecture }, revision);
        return [name, packages?.map(({ metadata }) => metadata)];
      }),
    );
  });
  expect(found).toEqual([
    ...PACKAGES.map(([name, metadata]) => [name, [metadata]]),
    ...FATAL.map((name) => [name, [undefined]]),
  ]);
});
