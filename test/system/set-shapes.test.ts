import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { createRepository, serveGit } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { serveChannel } from "./channel.ts";
import { NIXPKGS, OWN_SHAPES, SHAPES_OVER_NIXPKGS, type Shape, WRONG_SETS } from "./set-shapes.ts";
import { pullFromSource, type PullOptions, testIsolation } from "./source-pull.ts";

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
  await removeFolder(directory);
});

async function pull(
  files: Shape["files"],
  name: string,
  settings: Readonly<Record<string, string>> = {},
  permissions: Pick<PullOptions, "allowedUris"> = {},
) {
  const set = await writeTree(join(directory, randomUUID()), files);
  return pullFromSource({ directory, env: { CORNICE_PKGS_PATH: set, ...settings }, name, isolation, ...permissions });
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

  it("a user repository gets the nixpkgs of a channel", async () => {
    const { CORNICE_CHANNEL = "", ...urls } = await serveChannel(nixpkgs, directory);
    const set = { "default.nix": "{ pkgs ? import <nixpkgs> { } }: { own = pkgs.hello; }" };
    const { packages } = await pull(set, "own", { ...urls, CORNICE_NIXPKGS: CORNICE_CHANNEL });
    expect(await readFile(packages[0]?.path ?? "", "utf8")).toBe("hello of nixpkgs\n");
  });

  it("a user repository names the setting if there is no nixpkgs", async () => {
    const error = await rejection(
      pull({ "default.nix": "{ pkgs ? import <nixpkgs> { } }: { own = pkgs.hello; }" }, "own"),
    );
    expect(String(error)).toContain("the operator can name a nixpkgs with CORNICE_NIXPKGS");
  });
});

describe("a set that fetches its pins while it is evaluated", () => {
  /** The addresses of an archive and of a repository, with the same files. */
  async function servePins() {
    const { CORNICE_NIXPKGS_URL: url = "" } = await serveChannel(nixpkgs, directory);
    const repository = await createRepository(directory, `${randomUUID()}.git`);
    const rev = await repository.commit({ ...NIXPKGS, text: randomUUID() }, "main");
    const git = await serveGit(directory, undefined, onTestFinished);
    const archive = `${url}/archive/${await (await fetch(`${url}/test/git-revision`)).text()}.tar.gz`;
    return { archive, hosts: `${url}/ ${git.url}/`, git: `${git.url}/${basename(repository.url)}`, rev };
  }
  const set = (pin: string) => ({
    "default.nix": `{ overlays ? [ ], ... }@args: import (${pin}) (args // { inherit overlays; })`,
  });

  it.each([
    ["fetchTarball", ({ archive }) => `builtins.fetchTarball "${archive}"`],
    ["fetchGit", ({ git, rev }) => `builtins.fetchGit { url = "${git}"; rev = "${rev}"; ref = "main"; }`],
  ] as const satisfies readonly [string, (pins: Awaited<ReturnType<typeof servePins>>) => string][])(
    "with %s needs an allowed address",
    async (_, pin) => {
      const pins = await servePins();
      const files = set(pin(pins));
      const { packages } = await pull(files, "hello", {}, { allowedUris: pins.hosts });
      expect(packages).toMatchObject([{ attribute: "hello" }]);
      const error = await rejection(pull(files, "hello", {}, { allowedUris: "https://elsewhere.example/" }));
      expect(String(error)).toMatch(
        /is forbidden in restricted mode.*the operator can allow it with CORNICE_NIX_ALLOWED_URIS/,
      );
    },
  );
});

it.each([
  ["a folder", (folder: string) => `{ type = "path"; path = "${folder}"; }`],
  ["a repository of this machine", (folder: string) => `{ type = "git"; url = "file://${folder}"; }`],
])("a set that may fetch cannot read %s with fetchTree", async (_, reference) => {
  const set = { "default.nix": `{ own = import (builtins.fetchTree ${reference(nixpkgs)}) { system = "x"; }; }` };
  const error = await rejection(pull(set, "own", {}, { allowedUris: "https://elsewhere.example/" }));
  expect(String(error)).toMatch(/is forbidden in restricted mode|experimental Nix feature 'flakes' is disabled/);
});
