import { randomUUID } from "node:crypto";
import { copyFile, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageClosure } from "../../image/closure/image-closure.ts";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { NIX_VERSIONS } from "./newer-nix.ts";
import { REPOSITORY } from "./registry.ts";
import { pullFromSource, SYSTEM } from "./source-pull.ts";

let directory: string;
let source: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-outputs-"));
  source = await packageSet("set");
});

afterAll(() => removeFolder(directory));

/** A copy of the set, as a folder and as a flake. Its packages are new. */
async function packageSet(name: string): Promise<Record<string, string>> {
  const salt = randomUUID();
  const path = await writeTree(join(directory, name), {
    "default.nix": `import ./outputs.nix { salt = "${salt}"; }`,
    "flake.nix": `{ outputs = { self }: { packages.${SYSTEM} = import ./flake-set.nix "${salt}"; }; }`,
    // A flake does not know the machine's system.
    "flake-set.nix": `salt: scopedImport { builtins = builtins // { currentSystem = "${SYSTEM}"; }; } ./outputs.nix { inherit salt; }`,
  });
  await copyFile(join(REPOSITORY, "test/system/outputs.nix"), join(path, "outputs.nix"));
  return { CORNICE_PKGS_PATH: path };
}

function pull(name: string, env = source): Promise<ImageClosure> {
  return pullFromSource({ directory, env, name });
}

function pullImage(name: string): Promise<ImageClosure> {
  return pullFromSource({ directory, env: source, name, isImage: true });
}

/** The requested store paths, as `name` or `name-output`, with their attributes. */
function requested({ packages }: ImageClosure): string[] {
  const items = packages.filter((item) => item.requested);
  return items.map(({ attribute, path }) => `${attribute}: ${storeName(path)}`);
}

function storeName(path: string): string {
  return path.replace(/^\/nix\/store\/[^-]*-/, "");
}

describe("a package gives", () => {
  it.each([
    ["the outputs to install, in the order of the derivation", "tools", ["tools-bin", "tools-man"]],
    ["a first output that is not out", "bin-first", ["bin-first-bin", "bin-first-man"]],
    ["the default output if it is no package of nixpkgs", "plain", ["plain"]],
    ["its only output", "single", ["single"]],
    ["the default output without outputs to install", "without-meta", ["without-meta"]],
    ["only outputs that exist, each once", "absent", ["absent-bin"]],
    ["an output once, however often it is named", "repeated", ["repeated-bin"]],
  ])("%s", async (_, name, paths) => {
    expect(requested(await pull(name))).toEqual(paths.map((path) => `${name}: ${path}`));
  });

  it.each(["all-absent", "empty", "text", "numbers", "throwing", "throwing-name", "throwing-meta", "text-meta"])(
    "the default output if the outputs to install are malformed: %s",
    async (name) => {
      expect(requested(await pull(name))).toEqual([`${name}: ${name}`]);
    },
  );

  it.each([
    ["throwing-output", ["tools-man"]],
    ["throwing-outputs", ["tools"]],
  ])("what is left if outputs throw: %s", async (name, paths) => {
    expect(requested(await pull(name))).toEqual(paths.map((path) => `${name}: ${path}`));
  });

  it.each(["tools.out", "tools.bin", "tools.dev", "plain.man", "bin-first.bin"])(
    "the output that the name chooses: %s",
    async (name) => {
      const [path = ""] = requested(await pull(name));
      const output = name.replace(".", "-").replace(/-out$/, "");
      expect(path).toBe(`${name}: ${output}`);
    },
  );

  it("a bounded number of outputs", async () => {
    const message = "the package set gives 5002 instead of at most 3000 packages, outputs and references";
    expect(await rejection(pull("many"))).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });
});

it("all outputs that an image gets are in its closure", async () => {
  const { packages, closure } = await pull("tools");
  const paths = closure.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(packages.map(({ path }) => path)));
  expect(packages.filter((item) => !item.requested).map(({ path }) => storeName(path))).toEqual(["cacert-hashed"]);
});

describe("an image of the set has", () => {
  it.each([
    ["the outputs to install of its packages", "both", ["tools: tools-bin", "tools: tools-man", "single: single"]],
    ["the outputs that its definition names", "named", ["tools: tools-dev", "plain: plain-man"]],
    [
      "an output twice if its definition does",
      "twice",
      ["tools: tools-bin", "tools: tools-man", "tools: tools-bin", "cacert: cacert-hashed"],
    ],
  ])("%s", async (_, name, paths) => {
    expect(requested(await pullImage(name))).toEqual(paths);
  });

  it("no certificates beside its own", async () => {
    const { packages } = await pullImage("twice");
    expect(packages.filter((item) => !item.requested)).toEqual([]);
  });
});

describe("outputs are the same", () => {
  it("for a flake", async () => {
    const flake = { CORNICE_FLAKE: source["CORNICE_PKGS_PATH"] ?? "" };
    expect(requested(await pull("tools", flake))).toEqual(["tools: tools-bin", "tools: tools-man"]);
  });

  it.each(NIX_VERSIONS)("for %s", async (_, path) => {
    const env = { ...source, PATH: await path() };
    expect(requested(await pull("tools", env))).toEqual(["tools: tools-bin", "tools: tools-man"]);
  });
});
