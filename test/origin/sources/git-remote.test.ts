import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished } from "vitest";
import { listRefs } from "../../../origin/sources/git-refs.ts";
import { parseGitRemote, runGit } from "../../../origin/sources/git-remote.ts";
import { gitEnvironment } from "../../../origin/isolation/git-environment.ts";
import { rejection, test, writeTree } from "../fixtures.ts";
import { createRepository, GIT_ENV, openClone, serveGit } from "./git-repository.ts";

const NEVER = new AbortController().signal;
const TOKEN = "s3cret-%40-token";

describe("credentials", () => {
  const origin = "https://a.example";

  test.for([
    ["https://a.example/b", undefined, "https://a.example/b", undefined],
    ["https://a.example/b", "t", "https://a.example/b", { origin, username: "x-access-token", password: "t" }],
    ["https://t@a.example/b", undefined, "https://a.example/b", { origin, username: "t", password: "" }],
    ["https://u@a.example/b", "t", "https://a.example/b", { origin, username: "u", password: "t" }],
    ["https://u:p%40@a.example/b", "t", "https://a.example/b", { origin, username: "u", password: "p@" }],
    ["https://u:100%@a.example/b", "t", "https://a.example/b", { origin, username: "u", password: "100%" }],
    ["ssh://git@a.example/b", "t", "ssh://git@a.example/b", undefined],
    ["git@a.example:b", "t", "git@a.example:b", undefined],
    ["file:///b", "t", "file:///b", undefined],
  ] as const)("of %s with the token %s", ([url, token, plain, credentials]) => {
    expect(parseGitRemote(url, token)).toEqual({ url: plain, credentials });
  });
});

/** All files below a folder, as text. */
async function contents(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const files = await Promise.all(
    names.map(async (name) =>
      (await stat(join(folder, name))).isFile() ? readFile(join(folder, name), "latin1") : "",
    ),
  );
  return files.join("\n");
}

describe("over HTTP", () => {
  test.for([
    ["without a password", undefined, undefined, ""],
    ["with a token", TOKEN, TOKEN, ""],
    ["with credentials in the URL", "pass@word", undefined, "user:pass%40word@"],
  ] as const)("a repository is read %s", async ([, password, token, userInfo], { directory }) => {
    const repository = await createRepository(directory);
    await repository.git("config", "http.uploadpack", "true");
    const commit = await repository.commit({ "default.nix": "1", "a/b": "2" }, "main");
    const server = await serveGit(directory, password, onTestFinished);
    const remote = parseGitRemote(`${server.url.replace("//", `//${userInfo}`)}/pkgs.git`, token);
    const refs = await listRefs(remote, ["*"], { env: gitEnvironment(GIT_ENV, remote.credentials), signal: NEVER });
    const clone = openClone(remote, join(directory, "sources"));
    await clone.sync(refs);
    expect(await clone.contains(commit)).toBe(true);
    const target = await writeTree(join(directory, "out"), {});
    await clone.checkOut(commit, target);
    expect(await readFile(join(target, "a/b"), "utf8")).toBe("2");
    // git's files on disk have the name of the server, but no credentials.
    const kept = await contents(join(directory, "sources"));
    expect(kept).toContain(server.url);
    if (password !== undefined) {
      expect(kept).not.toContain(password);
      expect(kept).not.toContain(encodeURIComponent(password));
      expect(server.calls.some(({ isAllowed }) => !isAllowed)).toBe(true);
    }
  });

  test.for([
    ["no password", undefined],
    ["another password", "wrong"],
  ] as const)("git does not wait for input if the client has %s", async ([, token], { directory }) => {
    const repository = await createRepository(directory);
    await repository.commit({ "default.nix": "1" }, "main");
    const server = await serveGit(directory, TOKEN, onTestFinished);
    const remote = parseGitRemote(`${server.url}/pkgs.git`, token);
    const git = { env: gitEnvironment(GIT_ENV, remote.credentials), signal: NEVER };
    const error = await rejection(listRefs(remote, ["*"], git));
    expect(String(error)).toMatch(/terminal prompts disabled|Authentication failed/);
    expect(String(error)).not.toContain("wrong");
  });

  test("git does not send the token to another server", async ({ directory, serve }) => {
    const other = await serve(() => ({ status: 401, body: "" }));
    const { credentials } = parseGitRemote("http://127.0.0.1:2/pkgs.git", TOKEN);
    const git = { env: gitEnvironment(GIT_ENV, credentials), signal: NEVER };
    await rejection(listRefs({ url: `${other.url}/pkgs.git`, credentials }, ["*"], git));
    expect(other.calls.length).toBeGreaterThan(0);
    expect(other.calls.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("the command line has no password", () => {
  test("and an error has none", async ({ directory }) => {
    const program = `#!/bin/sh\necho "$@" >${directory}/arguments\necho 'fatal: cannot read https://u:${TOKEN}@a.example/b' >&2\nexit 128\n`;
    await writeTree(directory, { "bin/git": { program } });
    const remote = parseGitRemote(`https://u:${TOKEN}@a.example/b`, undefined);
    const env = gitEnvironment({ PATH: `${directory}/bin:/usr/bin:/bin` }, remote.credentials);
    const error = await rejection(listRefs(remote, ["*"], { env, signal: NEVER }));
    expect(error).toMatchObject({ message: "fatal: cannot read https://a.example/b" });
    expect(await readFile(join(directory, "arguments"), "utf8")).toBe(
      "ls-remote -- https://a.example/b HEAD refs/heads/* refs/tags/*\n",
    );
  });
});

test("a repository cannot name a program to run", async ({ directory }) => {
  const git = { env: gitEnvironment(GIT_ENV), signal: NEVER };
  const error = await rejection(runGit(["ls-remote", "--", `ext::touch ${directory}/ran`], git));
  expect(String(error)).toContain("transport 'ext' not allowed");
  expect(await readdir(directory)).toEqual([]);
});

test("git gets only the variables that it needs", () => {
  expect(gitEnvironment({ PATH: "/a" })).not.toHaveProperty("CORNICE_GIT_PASSWORD");
  expect(gitEnvironment({ PATH: "/a" }, parseGitRemote("https://a/b", "t").credentials)).toMatchObject({
    PATH: "/a",
    CORNICE_GIT_PASSWORD: "t",
    GIT_TERMINAL_PROMPT: "0",
  });
});
