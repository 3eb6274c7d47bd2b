import { randomUUID } from "node:crypto";
import { copyFile, mkdtemp, readdir, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withIsolation } from "../../origin/service/builder-isolation.ts";
import { parseIndexConfig } from "../../origin/service/config.ts";
import { resolveIndexable } from "../../origin/package-index/package-index.ts";
import { compareText } from "../../protocol/compare-text.ts";
import type { PackageIndex } from "../../protocol/package-index.ts";
import { writeTree } from "../origin/fixtures.ts";
import { createRepository } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { REPOSITORY } from "./registry.ts";
import { pullFromSource, SYSTEM } from "./source-pull.ts";

type Env = Readonly<Record<string, string>>;

let directory: string;
let hostile: string;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-index-"));
  hostile = join(directory, "hostile.nix");
  await copyFile(join(REPOSITORY, "test/system/index-packages.nix"), hostile);
});

afterAll(() => removeFolder(directory));

/** Lists the packages of an origin with these settings. */
async function list(env: Env) {
  const failures: string[] = [];
  const settings = { CORNICE_SOURCES_DIR: join(directory, "sources"), CORNICE_NIX_SUBSTITUTERS: "", ...env };
  const config = parseIndexConfig(settings, 1);
  const machine = { PATH: "/usr/bin:/bin", HOME: directory, SECRET: "secret" };
  return withIsolation(config, machine, async (isolation) => {
    const indexable = await resolveIndexable({
      config,
      starterSet: undefined,
      env: machine,
      isolation,
      signal: new AbortController().signal,
      onProgress: () => {},
      onFailure: (attribute) => failures.push(attribute),
    });
    return { ...(await indexable.list()), failures };
  });
}

function namesOf({ packages }: Pick<PackageIndex, "packages">): string[] {
  return packages.map(([name]) => name);
}

const LISTED = [
  ["7zz", "24.09", "Begins with a digit"],
  ["badly-described", "1", ""],
  ["html", "1", '<script>alert(1)</script> & "quotes" on two lines'],
  ["nested.deeper.deepest", "1", ""],
  ["nested.inner", "1", "Nested"],
  ["nested.last", "1", "The last of them"],
  ["plain", "1.2.3", "A plain package"],
  ["strange", "", ""],
  ["undescribed", "1.2.3", ""],
  ["unnamed", "", ""],
  ["uppercase", "2", "Upper case"],
  ["versioned", "4.5", "A plain package"],
  ["zlast", "1", "Behind all of them"],
];

/** What this set may write into the store. Other tests write there at the same time. */
const OF_THE_SET = /-(?:hostile|imported|(?:plain|upper|7zz|html|bad|inner|last|deepest|zlast|unfree|broken)-\d)/;

describe("a hostile package set", () => {
  it("is listed to its end, without packages that cannot be evaluated, named or pulled", async () => {
    const { source, revision, packages, failures } = await list({ CORNICE_PKGS_PATH: hostile });
    expect({ source, revision }).toEqual({ source: `path:${hostile}`, revision: "unversioned" });
    expect(packages).toEqual(LISTED);
    const ended = ["aborts", "fetches", "hungry", "imports", "missing", "mistyped", "nested.aborts", "overflows"];
    expect(failures.toSorted()).toEqual([...ended, "reads", "recurses"].toSorted());
  });

  it("lists unfree packages if the settings allow them", async () => {
    const env = { CORNICE_PKGS_PATH: hostile, CORNICE_ALLOW_UNFREE: "true" };
    expect(namesOf(await list(env))).toEqual([...LISTED.map(([name = ""]) => name), "unfree"].toSorted(compareText));
  });

  it("lists names under which the packages can be pulled", async () => {
    // A set whose packages can really be built.
    const folder = join(directory, "pulled");
    const set = `let p = name: derivation { inherit name; system = "${SYSTEM}"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; };
      in { Big = p "big"; _1pass = p "pass"; set = { recurseForDerivations = true; Inner-One = p "inner"; }; }`;
    await writeTree(folder, { "default.nix": set });
    const env = { CORNICE_PKGS_PATH: folder };
    const names = namesOf(await list(env));
    expect(names).toEqual(["1pass", "big", "set.inner-one"]);
    for (const name of names) {
      const { packages } = await pullFromSource({ directory, env, name });
      expect(packages).toMatchObject([{ name, requested: true }]);
    }
  });
});

describe("the packages are listed", () => {
  const set = (name: string) =>
    `derivation { name = "${name}"; system = "${SYSTEM}"; builder = builtins.readFile ./builder; }`;

  it("of a git repository, at its HEAD", async () => {
    const repository = await createRepository(directory);
    const commit = await repository.commit(
      { "default.nix": `{ hello = ${set("hello-1.0")}; }`, builder: "/bin/sh" },
      "main",
    );
    const { revision, packages } = await list({ CORNICE_PKGS_REPO: repository.url });
    expect({ revision, packages }).toEqual({ revision: commit, packages: [["hello", "1.0", ""]] });
  });

  it("of a flake: its packages, then its legacy packages", async () => {
    const path = await writeTree(join(directory, "flake"), {
      builder: "/bin/sh",
      "flake.nix": `{ outputs = { self }: {
        packages.${SYSTEM}.hello = ${set("hello-1.0")};
        packages.riscv64-linux.other = ${set("other-1.0")};
        legacyPackages.${SYSTEM} = { hello = ${set("hello-0.9")}; bad = abort "no"; World = ${set("world-2")}; };
      }; }`,
    });
    const { source, revision, packages, failures } = await list({ CORNICE_FLAKE: path });
    expect(source).toBe(`flake:path:${path}`);
    expect(revision).toMatch(/^[0-9a-z]{32}$/);
    expect([packages, failures]).toEqual([
      [
        ["hello", "1.0", ""],
        ["world", "2", ""],
      ],
      ["bad"],
    ]);
  });

  it("and Nix builds nothing, and writes only derivations", async () => {
    const before = await readdir("/nix/store");
    await list({ CORNICE_PKGS_PATH: hostile });
    const made = (await readdir("/nix/store")).filter((name) => !before.includes(name) && OF_THE_SET.test(name));
    expect(made.filter((name) => !name.endsWith(".drv"))).toEqual([]);
  });
});

it("a source that is not a set is an error that says why", async () => {
  const path = join(directory, "text.nix");
  await writeFile(path, '"no set"');
  await expect(list({ CORNICE_PKGS_PATH: path })).rejects.toThrow(
    /^the package set cannot be evaluated: the package source gives a string; it must give a set/,
  );
});

it("30,000 attributes take seconds, and half a gigabyte of memory", async () => {
  const path = join(directory, "large.nix");
  await writeFile(
    path,
    `builtins.listToAttrs (builtins.genList (i: rec {
      name = "package\${toString i}";
      value = if builtins.elem i [ 777 15000 29999 ] then abort "no" else derivation {
        name = "\${name}-1.\${toString i}"; system = "${SYSTEM}"; builder = "/bin/sh"; salt = "${randomUUID()}";
      } // { meta.description = "Package number \${toString i}"; };
    }) 30000)`,
  );
  const began = Date.now();
  const { packages, failures } = await list({ CORNICE_PKGS_PATH: path, CORNICE_INDEX_MEMORY: "512" });
  expect([packages.length, failures.length]).toEqual([29_997, 3]);
  expect(packages[1]).toEqual(["package1", "1.1", "Package number 1"]);
  expect(Date.now() - began).toBeLessThan(30_000);
});
