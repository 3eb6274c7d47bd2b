import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { HEAD, listRefs } from "../../../origin/sources/git-refs.ts";
import { parseGitRemote } from "../../../origin/sources/git-remote.ts";
import { gitEnvironment } from "../../../origin/isolation/git-environment.ts";
import { createGitSource } from "../../../origin/sources/git-source.ts";
import type { ResolvedSource } from "../../../origin/nix/resolved-source.ts";
import { containing } from "../../matchers.ts";
import { rejection, test as base, writeTree } from "../fixtures.ts";
import { createRepository, GIT_ENV, openClone, type GitRepository } from "./git-repository.ts";

const NEVER = new AbortController().signal;
const TTL_MS = 300_000;
const NONE = "0123456789abcdef0123456789abcdef01234567";

/** A script that stands for Nix, which copies a folder into its store. It gives a fixed path, and records the files. */
const NIX_INSTANTIATE = `#!/bin/sh
cat "$6"/default.nix >>"$CORNICE_TEST_ADDED"
printf '%s!"%s"' "$2" /nix/store/00000000000000000000000000000000-source
`;

interface Fixtures {
  repository: GitRepository;
}

const test = base.extend<Fixtures>({
  repository: async ({ directory }, use) => use(await createRepository(directory)),
});

const stored = (location: string, revision: string): ResolvedSource => ({ kind: "path", location, revision });

async function open(
  directory: string,
  url: string,
  { patterns = ["*"], defaultRef }: { patterns?: readonly string[]; defaultRef?: string } = {},
) {
  await writeTree(directory, {
    "bin/nix-instantiate": { program: NIX_INSTANTIATE },
    "bin/nix-store": { program: "#!/bin/sh\n" },
  });
  const clock = { now: 0 };
  const added = join(directory, "added");
  const env = { ...GIT_ENV, PATH: `${directory}/bin:${GIT_ENV.PATH}`, CORNICE_TEST_ADDED: added };
  const resolve = createGitSource({
    remote: parseGitRemote(url, undefined),
    defaultRef,
    patterns,
    refTtlMs: TTL_MS,
    directory: join(directory, "sources"),
    maxBytes: 1_000_000,
    silenceMs: 1000,
    env,
    isolation: withoutIsolation(env),
    signal: NEVER,
    now: () => clock.now,
  });
  return {
    clock,
    revision: async (tag: string) => (await resolve(tag, stored)).revision,
    async fetched(tag: string) {
      const source = await (await resolve(tag, stored)).fetch();
      return { source, files: await readFile(added, "utf8") };
    },
  };
}

const unknown = (tag: string, why: string) => ({ code: "MANIFEST_UNKNOWN", message: `no such tag: ${tag}; ${why}` });
const NO_REF = "the package source has no branch or tag with this name";
const NOT_ON_A_REF = "this commit is not on an allowed branch or tag of the package source";
const UNREACHABLE = {
  code: "UNAVAILABLE",
  message: "the package source cannot be read now (the git repository); try again later",
};

describe("a tag means", () => {
  test("the repository's HEAD if it is latest", async ({ directory, repository }) => {
    const commit = await repository.commit({ "default.nix": "1" }, "main");
    const source = await open(directory, repository.url);
    expect(await source.revision("latest")).toBe(commit);
  });

  test("the operator's branch if it is latest and a branch is set", async ({ directory, repository }) => {
    await repository.commit({ "default.nix": "1" }, "main");
    const commit = await repository.commit({ "default.nix": "2" }, "team/stable");
    const source = await open(directory, repository.url, { defaultRef: "team/stable", patterns: ["main"] });
    expect(await source.revision("latest")).toBe(commit);
  });

  test("a branch rather than a git tag with the same name", async ({ directory, repository }) => {
    const first = await repository.commit({ "default.nix": "1" }, "main");
    const second = await repository.commit({ "default.nix": "2" }, "v1");
    await repository.git("tag", "v1", first);
    await repository.git("tag", "v0", first);
    const source = await open(directory, repository.url);
    expect([await source.revision("v1"), await source.revision("v0")]).toEqual([second, first]);
  });

  test("the commit of an annotated git tag", async ({ directory, repository }) => {
    const commit = await repository.commit({ "default.nix": "1" }, "main");
    await repository.git("tag", "--annotate", "--message", "one", "v1", commit);
    const source = await open(directory, repository.url);
    expect(await source.revision("v1")).toBe(commit);
    expect((await source.fetched("v1")).files).toBe("1");
  });

  test("a commit in the history of a branch", async ({ directory, repository }) => {
    const first = await repository.commit({ "default.nix": "1" }, "main");
    const second = await repository.commit({ "default.nix": "2" }, "main");
    const source = await open(directory, repository.url);
    expect([await source.revision(first), await source.revision(second)]).toEqual([first, second]);
    expect(await source.fetched(first)).toEqual({
      source: { kind: "path", location: "/nix/store/00000000000000000000000000000000-source", revision: first },
      files: "1",
    });
  });
});

describe("a commit is refused, although the server would serve it,", () => {
  test.for([
    ["if it is a fork's commit on no ref", (): string[] => []],
    ["if it is on a pull request", (commit: string) => ["update-ref", "refs/pull/7/head", commit]],
    ["if it is on a branch that is not allowed", (commit: string) => ["update-ref", "refs/heads/wip", commit]],
    ["if it is on a branch in another namespace", (commit: string) => ["update-ref", "refs/x/refs/heads/main", commit]],
  ] as const)("%s", async ([, ref], { directory, repository }) => {
    await repository.commit({ "default.nix": "1" }, "main");
    const fork = await repository.commit({ "default.nix": "fork" });
    const args = ref(fork);
    if (args.length > 0) await repository.git(...args);
    // The server would serve the commit. So the refusal comes from Cornice.
    await createRepository(directory, "thief.git").then((thief) => thief.git("fetch", "--quiet", repository.url, fork));
    const source = await open(directory, repository.url, { patterns: ["main", "release-*"] });
    expect(await rejection(source.revision(fork))).toMatchObject(unknown(fork, NOT_ON_A_REF));
  });

  test("if it does not exist", async ({ directory, repository }) => {
    await repository.commit({ "default.nix": "1" }, "main");
    const source = await open(directory, repository.url);
    expect(await rejection(source.revision(NONE))).toMatchObject(unknown(NONE, NOT_ON_A_REF));
  });

  test("if its branch has been rewritten", async ({ directory, repository }) => {
    const commit = await repository.commit({ "default.nix": "1" }, "main");
    const source = await open(directory, repository.url);
    expect(await source.revision(commit)).toBe(commit);
    const other = await repository.commit({ "default.nix": "2" });
    await repository.git("update-ref", "refs/heads/main", other);
    source.clock.now = TTL_MS;
    expect(await rejection(source.revision(commit))).toMatchObject(unknown(commit, NOT_ON_A_REF));
  });
});

describe("a name is refused", () => {
  test.for([
    ["v9", NO_REF],
    ["pull", "the allowed tags are latest, v*, release-*"],
    ["HEAD", "the allowed tags are latest, v*, release-*"],
    ["main", "the allowed tags are latest, v*, release-*"],
  ])("%s: %s", async ([tag = "", why = ""], { directory, repository }) => {
    await repository.commit({ "default.nix": "1" }, "main");
    const source = await open(directory, repository.url, { patterns: ["v*", "release-*"] });
    expect(await rejection(source.revision(tag))).toMatchObject(unknown(tag, why));
  });
});

describe("a branch that changes", () => {
  test("is looked up again after the time is over", async ({ directory, repository }) => {
    const first = await repository.commit({ "default.nix": "1" }, "main");
    const source = await open(directory, repository.url);
    expect(await source.revision("latest")).toBe(first);
    const second = await repository.commit({ "default.nix": "2" }, "main");
    source.clock.now = TTL_MS - 1;
    expect(await source.revision("main")).toBe(first);
    source.clock.now = TTL_MS;
    expect(await source.revision("main")).toBe(second);
    expect((await source.fetched("main")).files).toBe("2");
  });

  test("is found soon after it was made, and so is a new commit", async ({ directory, repository }) => {
    await repository.commit({ "default.nix": "1" }, "main");
    const source = await open(directory, repository.url);
    expect(await rejection(source.revision("v1"))).toMatchObject(unknown("v1", NO_REF));
    const commit = await repository.commit({ "default.nix": "2" }, "v1");
    expect(await rejection(source.revision(commit))).toMatchObject(unknown(commit, NOT_ON_A_REF));
    source.clock.now = 15_000;
    expect([await source.revision("v1"), await source.revision(commit)]).toEqual([commit, commit]);
  });

  test("may become a folder of branches", async ({ directory, repository }) => {
    await repository.commit({ "default.nix": "1" }, "main");
    const old = await repository.commit({ "default.nix": "2" }, "a");
    const source = await open(directory, repository.url);
    expect(await source.revision(old)).toBe(old);
    await repository.git("update-ref", "-d", "refs/heads/a");
    const commit = await repository.commit({ "default.nix": "3" }, "a/b");
    source.clock.now = TTL_MS;
    expect(await source.revision(commit)).toBe(commit);
  });
});

describe("a repository that cannot be read", () => {
  test("gives an error for clients, and the log has git's message", async ({ directory }) => {
    const source = await open(directory, `file://${directory}/none.git`);
    expect(await rejection(source.revision("latest"))).toMatchObject({
      ...UNREACHABLE,
      cause: { message: containing("fatal: ") },
    });
  });

  test("without a commit has no latest", async ({ directory, repository }) => {
    const source = await open(directory, repository.url);
    expect(await rejection(source.revision("latest"))).toMatchObject({
      ...UNREACHABLE,
      cause: { message: "ls-remote gave no commit for HEAD" },
    });
  });

  test("is not needed for a commit in the clone", async ({ directory, repository }) => {
    const commit = await repository.commit({ "default.nix": "1" }, "main");
    const source = await open(directory, repository.url);
    expect(await source.revision(commit)).toBe(commit);
    await repository.git("config", "core.repositoryformatversion", "99");
    source.clock.now = TTL_MS;
    expect(await source.revision(commit)).toBe(commit);
    expect(await rejection(source.revision(NONE))).toMatchObject(UNREACHABLE);
  });
});

test("the clone has commits, but no files until a commit is checked out", async ({ directory, repository }) => {
  await repository.commit({ "default.nix": "1".repeat(100) }, "main");
  const commit = await repository.commit({ "default.nix": "2".repeat(100) }, "main");
  const remote = parseGitRemote(repository.url, undefined);
  const clone = openClone(remote, join(directory, "sources"));
  const refs = await listRefs(remote, ["*"], { env: gitEnvironment(GIT_ENV), signal: NEVER });
  expect([...refs.targets]).toEqual([
    [HEAD, commit],
    ["refs/heads/main", commit],
  ]);
  await clone.sync(refs);
  const [folder = ""] = await readdir(join(directory, "sources"));
  const blobs = async () => {
    const gitDirectory = join(directory, "sources", folder);
    const list = ["cat-file", "--batch-check", "--batch-all-objects"];
    const objects = await repository.git("--git-dir", gitDirectory, ...list);
    return objects.split("\n").filter((line) => line.includes(" blob ")).length;
  };
  expect(await blobs()).toBe(0);
  const target = await writeTree(join(directory, "out"), {});
  await clone.checkOut(commit, target);
  expect(await blobs()).toBe(1);
  expect(await readFile(join(target, "default.nix"), "utf8")).toBe("2".repeat(100));
});
