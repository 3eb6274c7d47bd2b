import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { PackageSource } from "../../../origin/sources/package-source.ts";
import { type ResolvedSource, resolveSource } from "../../../origin/sources/revision.ts";
import { rejection, test } from "../fixtures.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** Nothing listens on port 1. */
const NOWHERE = "http://127.0.0.1:1";
const ENV = {
  PATH: process.env["PATH"] ?? "",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_DATE: "1700000000 +0000",
  GIT_COMMITTER_DATE: "1700000000 +0000",
};

function resolve(source: PackageSource, channels = NOWHERE, signal = new AbortController().signal) {
  return resolveSource(source, { urls: { channels, nixpkgs: "http://nixpkgs.example/n" }, env: ENV, signal });
}

function unreachable(what: string) {
  return {
    code: "MANIFEST_UNKNOWN",
    message: `the package source cannot be read now (${what}); try again later`,
  };
}

async function git(directory: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  const { stdout } = await promisify(execFile)("git", ["-C", directory, ...identity, ...args], { env: ENV });
  return stdout.trim();
}

describe("what needs no call", () => {
  const tarball: ResolvedSource = {
    kind: "tarball",
    location: `http://nixpkgs.example/n/archive/${COMMIT}.tar.gz`,
    revision: COMMIT,
  };

  test.for<[string, PackageSource, ResolvedSource]>([
    ["a commit", { kind: "channel", channel: COMMIT }, tarball],
    [
      "a path",
      { kind: "path", path: "/p", name: undefined, revision: undefined },
      { kind: "path", location: "/p", revision: "unversioned" },
    ],
    [
      "a path with a revision",
      { kind: "path", path: "/p", name: "starter", revision: "abc" },
      { kind: "path", location: "/p", revision: "abc" },
    ],
  ])("%s", async ([, source, resolved]) => {
    expect(await resolve(source)).toEqual(resolved);
  });
});

describe("a channel", () => {
  const channel: PackageSource = { kind: "channel", channel: "nixos-25.11" };

  test("stands for the commit in its revision file", async ({ serve }) => {
    const server = await serve(() => ({ status: 200, body: `${COMMIT}\n` }));
    expect(await resolve(channel, server.url)).toEqual({
      kind: "tarball",
      location: `http://nixpkgs.example/n/archive/${COMMIT}.tar.gz`,
      revision: COMMIT,
    });
    expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /nixos-25.11/git-revision"]);
  });

  test.for([
    [404, "not found"],
    [500, COMMIT],
    [200, "<html>"],
    [200, ""],
    [200, COMMIT.toUpperCase()],
    [200, COMMIT.slice(1)],
  ] as const)("cannot be read from %i %j, and the log says why", async ([status, body], { serve }) => {
    const { url } = await serve(() => ({ status, body }));
    const error = await rejection(resolve(channel, url));
    expect(error).toMatchObject({
      ...unreachable("channel nixos-25.11"),
      cause: { message: `GET ${url}/nixos-25.11/git-revision answered ${status}: ${body}` },
    });
  });

  test("cannot be read where nobody listens", async () => {
    expect(await rejection(resolve(channel))).toMatchObject(unreachable("channel nixos-25.11"));
  });
});

describe("a git repository", () => {
  async function createRepository(directory: string): Promise<{ url: string; commit: string }> {
    const bare = join(directory, "pkgs.git");
    await mkdir(bare);
    await git(bare, "init", "--quiet", "--bare", "--initial-branch=main");
    const tree = await git(bare, "hash-object", "-t", "tree", "-w", "/dev/null");
    const commit = await git(bare, "commit-tree", "-m", "first", tree);
    await git(bare, "update-ref", "refs/heads/main", commit);
    return { url: `file://${bare}`, commit };
  }

  test("stands for the commit of its HEAD", async ({ directory }) => {
    const { url, commit } = await createRepository(directory);
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(await resolve({ kind: "git", url })).toEqual({ kind: "git", location: url, revision: commit });
  });

  test("moves with its HEAD", async ({ directory }) => {
    const { url, commit } = await createRepository(directory);
    const bare = join(directory, "pkgs.git");
    const next = await git(bare, "commit-tree", "-m", "second", "-p", commit, `${commit}^{tree}`);
    await git(bare, "update-ref", "refs/heads/main", next);
    expect(await resolve({ kind: "git", url })).toMatchObject({ revision: next });
  });

  test("that is missing cannot be read, and the log has git's words", async ({ directory }) => {
    const error = await rejection(resolve({ kind: "git", url: `file://${directory}/none.git` }));
    expect(error).toMatchObject({
      ...unreachable("the git repository"),
      cause: { message: expect.stringMatching(/^fatal: /) },
    });
  });

  test("without a commit cannot be read", async ({ directory }) => {
    await git(directory, "init", "--quiet", "--bare");
    const error = await rejection(resolve({ kind: "git", url: `file://${directory}` }));
    expect(error).toMatchObject({
      ...unreachable("the git repository"),
      cause: { message: "ls-remote gave no commit for HEAD: " },
    });
  });
});
