import { randomUUID } from "node:crypto";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { containing, matching } from "../matchers.ts";
import { rejection, writeTree } from "../origin/fixtures.ts";
import { createRepository, type GitRepository, serveGit } from "../origin/sources/git-repository.ts";
import { removeFolder } from "../remove-folder.ts";
import { NIX_VERSIONS } from "./newer-nix.ts";
import { output } from "./program.ts";
import { derivation, pullFromSource, SYSTEM } from "./source-pull.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-sources-"));
});

afterAll(() => removeFolder(directory));

function pull(env: Readonly<Record<string, string>>, name: string, tag = "latest") {
  return pullFromSource({ directory, env, name, tag });
}

describe("a git repository", () => {
  let repository: GitRepository;
  let first: string;
  let second: string;

  beforeAll(async () => {
    repository = await createRepository(directory);
    const set = (text: string) => ({
      "default.nix": `{ hello = ${derivation("hello", "builtins.readFile ./text")}; }`,
      text,
    });
    first = await repository.commit(set("one"), "main");
    second = await repository.commit(set("two"), "main");
    await repository.git("update-ref", "refs/heads/stable", first);
  });

  it("is built at the revision that the tag names", async () => {
    const env = { CORNICE_PKGS_REPO: repository.url };
    const pulls = [];
    for (const tag of ["latest", "stable", first, second]) pulls.push(await pull(env, "hello", tag));
    expect(pulls.map(({ revision }) => revision)).toEqual([second, first, first, second]);
    const paths = pulls.map(({ packages }) => packages[0]?.path);
    expect([paths[0], paths[1]]).toEqual([paths[3], paths[2]]);
    expect(paths[0]).not.toBe(paths[1]);
  });

  it("does not build the commit of a fork", async () => {
    const fork = await repository.commit({ "default.nix": `{ hello = ${derivation("hello", '"fork"')}; }` });
    await repository.git("update-ref", "refs/pull/1/head", fork);
    const error = await rejection(pull({ CORNICE_PKGS_REPO: repository.url }, "hello", fork));
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: containing("this commit is not on a"),
    });
  });
});

describe("a flake", () => {
  const both = `{ outputs = { self }: {
    packages.${SYSTEM}.hello = ${derivation("hello-of-packages", "builtins.readFile ./text")};
    legacyPackages.${SYSTEM} = {
      hello = ${derivation("hello-of-legacy", '"legacy"')};
      nested.Thing = ${derivation("thing", '"thing"')};
    };
  }; }`;

  it("of a folder gives its packages, then its legacy packages", async () => {
    const path = await writeTree(join(directory, "flake"), { "flake.nix": both, text: randomUUID() });
    const { packages, revision, log } = await pull({ CORNICE_FLAKE: path }, "hello");
    expect(packages).toMatchObject([{ attribute: "hello", path: matching(/-hello-of-packages$/) }]);
    expect(revision).toMatch(/^[0-9a-z]{32}$/);
    expect((await pull({ CORNICE_FLAKE: `path:${path}` }, "nested.thing")).packages).toMatchObject([
      { attribute: "nested.Thing" },
    ]);
    expect(log.filter((line) => line.includes("download"))).toEqual([]);
    await writeTree(path, { text: randomUUID() });
    expect((await pull({ CORNICE_FLAKE: path }, "hello")).revision).not.toBe(revision);
  });

  it("of a git repository is built at the tag's revision, in the setting's folder", async () => {
    const repository = await createRepository(directory, "flakes.git");
    const first = await repository.commit({ "nix/a/flake.nix": both, "nix/a/text": "1" }, "main");
    await repository.commit({ "nix/a/flake.nix": both, "nix/a/text": "2" }, "next");
    const env = { CORNICE_FLAKE: `git+${repository.url}?ref=next&dir=nix/a` };
    const latest = await pull(env, "hello");
    const main = await pull(env, "hello", "main");
    const commit = await pull(env, "hello", first);
    expect(main.packages).toEqual(commit.packages);
    expect(main.packages[0]?.path).not.toBe(latest.packages[0]?.path);
  });

  it("that does not exist gives an error that says so", async () => {
    const outside = await writeTree(join(directory, "outside"), { "b/flake.nix": both });
    const path = await writeTree(join(directory, "no-flake"), { "a/flake.nix": both, link: { link: outside } });
    for (const folder of ["b", "link/b"]) {
      const error = String(await rejection(pull({ CORNICE_FLAKE: `${path}?dir=${folder}` }, "hello")));
      expect(error).toContain(`the package source has no ${folder}/flake.nix`);
    }
  });

  it.each(NIX_VERSIONS)("cannot use inputs that are not locked, with %s", async (_, nixPath) => {
    const files = { "flake.nix": '{ inputs.x.url = "git+http://127.0.0.1:1/x"; outputs = { self, x }: { }; }' };
    const path = await writeTree(join(directory, randomUUID()), files);
    const error = await rejection(pull({ PATH: await nixPath(), CORNICE_FLAKE: path }, "hello"));
    expect(String(error)).toContain("flake.lock does not pin the input x");
  });

  it("can use its locked inputs", async () => {
    const input = await createRepository(directory, "input.git");
    const rev = await input.commit({ text: "from the input" }, "main");
    const hosting = await serveGit(directory, undefined, onTestFinished);
    const url = `${hosting.url}/input.git`;
    const inputs = `inputs.x = { url = "git+${url}"; flake = false; };`;
    const files = {
      "flake.nix": `{
        ${inputs}
        outputs = { self, x }: { packages.${SYSTEM}.hello = ${derivation("hello", 'builtins.readFile "${x}/text"')}; };
      }`,
    };
    const original = { type: "git", url };
    const narHash = await narHashOf(input);
    const locked = { ...original, rev, ref: "main", revCount: 1, lastModified: 1_700_000_000, narHash };
    const nodes = { x: { flake: false, locked, original }, root: { inputs: { x: "x" } } };
    const lock = JSON.stringify({ nodes, root: "root", version: 7 });
    const path = await writeTree(join(directory, randomUUID()), { ...files, "flake.lock": lock });
    expect((await pull({ CORNICE_FLAKE: path }, "hello")).packages).toMatchObject([{ attribute: "hello" }]);
  });
});

async function narHashOf(repository: GitRepository): Promise<string> {
  const folder = await writeTree(join(directory, `tree-${randomUUID()}`), {});
  await repository.git("--work-tree", folder, "read-tree", "-u", "--reset", "refs/heads/main");
  const args = ["--extra-experimental-features", "nix-command", "hash", "path", "--type", "sha256", folder];
  return (await output("nix", args)).trim();
}
