import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { gitEnvironment } from "../../../origin/isolation/git-environment.ts";
import { listRefs } from "../../../origin/sources/git-refs.ts";
import { parseGitRemote } from "../../../origin/sources/git-remote.ts";
import { containing } from "../../matchers.ts";
import { rejection, test } from "../fixtures.ts";
import { createRepository, GIT_ENV, openClone } from "./git-repository.ts";

const signal = new AbortController().signal;

/** A clone of two branches. One of them is gone from the server now, and git needs the lock to remove it. */
async function cloneWithLock(directory: string, lockAgeMs: number) {
  const repository = await createRepository(directory);
  await repository.commit({ text: "1" }, "main");
  await repository.commit({ text: "2" }, "old");
  const remote = parseGitRemote(repository.url, undefined);
  const sources = join(directory, "sources");
  const clone = openClone(remote, sources);
  const refs = () => listRefs(remote, ["*"], { env: gitEnvironment(GIT_ENV), signal });
  await clone.sync(await refs());
  await repository.git("update-ref", "-d", "refs/heads/old");
  const [folder = ""] = await readdir(sources);
  for (const name of ["packed-refs.lock", "refs/heads/old.lock"]) {
    const lock = join(sources, folder, name);
    const at = new Date(Date.now() - lockAgeMs);
    await writeFile(lock, "");
    await utimes(lock, at, at);
  }
  return { sync: async () => clone.sync(await refs()) };
}

test("the locks of a git that was killed do not stop a clone for ever", async ({ directory }) => {
  const { sync } = await cloneWithLock(directory, 120_000);
  expect(await sync()).toBeUndefined();
});

test("a lock that another process may hold is respected", async ({ directory }) => {
  const { sync } = await cloneWithLock(directory, 0);
  expect(await rejection(sync())).toMatchObject({ message: containing(".lock': File exists") });
});

test("a clone that is in use does not look unused, and one that was removed is made again", async ({ directory }) => {
  const repository = await createRepository(directory);
  const commit = await repository.commit({ text: "1" }, "main");
  const remote = parseGitRemote(repository.url, undefined);
  const sources = join(directory, "sources");
  const clone = openClone(remote, sources);
  const refs = await listRefs(remote, ["*"], { env: gitEnvironment(GIT_ENV), signal });
  await clone.sync(refs);
  const [name = ""] = await readdir(sources);
  const folder = join(sources, name);
  await utimes(folder, 0, 0);
  await clone.sync(refs);
  expect((await stat(folder)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  await rm(folder, { recursive: true });
  await clone.sync(refs);
  expect(await clone.contains(commit)).toBe(true);
});
