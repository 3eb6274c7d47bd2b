import { join } from "node:path";
import { describe, expect } from "vitest";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import type { PackageSource } from "../../../origin/sources/package-source.ts";
import { parseSourceAccess } from "../../../origin/sources/settings.ts";
import { createTagResolver } from "../../../origin/sources/sources.ts";
import { Settings } from "../../../origin/system/settings.ts";
import { rejection, test, writeTree } from "../fixtures.ts";
import { createRepository, GIT_ENV } from "./git-repository.ts";

const STORED = "/nix/store/00000000000000000000000000000000-source";

function open(source: PackageSource, directory: string, settings: Readonly<Record<string, string>> = {}) {
  const env = { ...GIT_ENV, PATH: `${directory}/bin:${GIT_ENV.PATH}` };
  return createTagResolver({
    source,
    access: parseSourceAccess(new Settings({ CORNICE_SOURCES_DIR: join(directory, "sources"), ...settings })),
    urls: { channels: "http://127.0.0.1:1", nixpkgs: "http://nixpkgs.example" },
    env,
    isolation: withoutIsolation(env),
    signal: new AbortController().signal,
    now: Date.now,
  });
}

/** Gives the same store path for every folder. */
async function fakeStore(directory: string): Promise<void> {
  await writeTree(directory, {
    "bin/nix-instantiate": { program: `#!/bin/sh\nprintf '%s!"${STORED}"' "$2"\n` },
    "bin/nix-store": { program: "#!/bin/sh\n" },
  });
}

describe("a path", () => {
  const path: PackageSource = { kind: "path", path: "/p", name: undefined, revision: undefined };

  test.for([
    [path, {}, { revision: "unversioned", isExact: false }, true],
    [{ ...path, revision: "r1" }, {}, { revision: "r1", isExact: true }, true],
    [path, { CORNICE_NIX_RESTRICT: "false" }, { revision: "unversioned", isExact: false }, false],
  ] as const)("%j with %j", async ([source, settings, expected, restricted], { directory }) => {
    const revision = await open(source, directory, settings)("latest");
    expect(revision).toMatchObject(expected);
    const { revision: name } = expected;
    expect(await revision.fetch()).toEqual({ kind: "path", location: "/p", revision: name, restricted });
  });

  test.for(["v1", "main", "0".repeat(40)])("has no tag %s", async (tag, { directory }) => {
    expect(await rejection(open(path, directory)(tag))).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: `no such tag: ${tag}; this package source has only the tag latest`,
    });
  });
});

test("a git repository becomes a store path with restricted evaluation", async ({ directory }) => {
  await fakeStore(directory);
  const repository = await createRepository(directory);
  const commit = await repository.commit({ "default.nix": "{ }" }, "main");
  const revision = await open({ kind: "git", url: repository.url }, directory)("main");
  expect(revision).toMatchObject({ revision: commit, isExact: true });
  expect(await revision.fetch()).toEqual({ kind: "path", location: STORED, revision: commit });
});

test("a flake in a git repository has its folder, and its own ref for latest", async ({ directory }) => {
  await fakeStore(directory);
  const repository = await createRepository(directory);
  const commit = await repository.commit({ "nix/flake.nix": "{ }" }, "next");
  const location = { kind: "git", url: repository.url, ref: "next" } as const;
  const revision = await open({ kind: "flake", location, directory: "nix" }, directory)("latest");
  expect(await revision.fetch()).toEqual({ kind: "flake", location: STORED, directory: "nix", revision: commit });
});

describe("a flake in a folder", () => {
  const flake: PackageSource = { kind: "flake", location: { kind: "path", path: "/f" }, directory: undefined };

  test("has a hash of its contents as revision", async ({ directory }) => {
    await fakeStore(directory);
    const revision = await open(flake, directory)("latest");
    expect(revision).toMatchObject({ revision: "0".repeat(32), isExact: true });
    expect(await revision.fetch()).toEqual({ kind: "flake", location: STORED, revision: "0".repeat(32) });
    expect(await rejection(open(flake, directory)("v1"))).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });

  test("gives an error if it is missing", async ({ directory }) => {
    const program = "#!/bin/sh\necho 'error: no such file' >&2\nexit 1\n";
    await writeTree(directory, { "bin/nix-instantiate": { program } });
    expect(await rejection(open(flake, directory)("latest"))).toMatchObject({
      message: "the package source cannot be read now (the flake); try again later",
      cause: { message: "error: no such file" },
    });
  });
});

test("a setting that allows fewer refs also applies to an existing clone", async ({ directory }) => {
  const repository = await createRepository(directory);
  await repository.commit({ "default.nix": "1" }, "main");
  const commit = await repository.commit({ "default.nix": "2" }, "wip");
  const source = { kind: "git", url: repository.url } as const;
  expect(await open(source, directory)(commit)).toMatchObject({ revision: commit });
  const error = await rejection(open(source, directory, { CORNICE_ALLOWED_REFS: "main" })(commit));
  expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN" });
});
