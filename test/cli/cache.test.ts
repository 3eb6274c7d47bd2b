import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { cacheDirectory, withCache } from "../../cli/cache.ts";
import { pathExists } from "../../origin/system/path-exists.ts";
import { matching } from "../matchers.ts";
import { rejection, test } from "../origin/fixtures.ts";

test.for([
  [{ XDG_CACHE_HOME: "/cache" }, "/cache/cornice"],
  [{ XDG_CACHE_HOME: "" }, join(homedir(), ".cache/cornice")],
  [{ XDG_CACHE_HOME: "relative" }, join(homedir(), ".cache/cornice")],
  [{}, join(homedir(), ".cache/cornice")],
] as const)("%j has its cache in %s", ([env, expected]) => expect(cacheDirectory(env)).toBe(expected));

test("only the user can read the cache, and it is kept", async ({ directory }) => {
  const used = await withCache({ XDG_CACHE_HOME: join(directory, "a") }, true, async (path) => path);
  expect(used).toBe(join(directory, "a/cornice"));
  expect((await stat(used)).mode & 0o777).toBe(0o700);
});

test("without a cache, the folder is removed afterwards, and the cache stays untouched", async ({ directory }) => {
  await mkdir(join(directory, "cache"));
  const used = await withCache({ XDG_CACHE_HOME: join(directory, "cache") }, false, async (path) => {
    await writeFile(join(path, "file"), "");
    return path;
  });
  expect(await pathExists(used)).toBe(false);
  expect(await readdir(join(directory, "cache"))).toEqual([]);
});

test("an error about the cache says what to do", async ({ directory }) => {
  await writeFile(join(directory, "file"), "");
  const failure = withCache({ XDG_CACHE_HOME: join(directory, "file") }, true, async () => {});
  expect(await rejection(failure)).toMatchObject({
    name: "CliError",
    message: matching(/^cannot use the cache \(set XDG_CACHE_HOME to another place.*ENOTDIR/),
  });
});
