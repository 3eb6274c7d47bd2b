import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { makeOwnedFolder, removeOrphans, withOwnedFolder } from "../../../origin/system/owned-folder.ts";
import { test } from "../fixtures.ts";

test("a folder is there while the work runs", async ({ directory }) => {
  const during = await withOwnedFolder(directory, "work-", async () => readdir(directory));
  expect(during).toEqual([expect.stringMatching(/^work-\d+-\d+-\d+-\w{6}$/)]);
  expect(await readdir(directory)).toEqual([]);
});

test("the folders of a process that was killed are removed, and no others", async ({ directory }) => {
  const own = await makeOwnedFolder(directory, "work-");
  await makeOwnedFolder(directory, "other-");
  const module = join(import.meta.dirname, "../../../origin/system/owned-folder.ts");
  const script = `const { makeOwnedFolder } = await import(${JSON.stringify(module)});
    await makeOwnedFolder(${JSON.stringify(directory)}, "work-"); process.kill(process.pid, "SIGKILL");`;
  await once(spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" }), "exit");
  expect(await readdir(directory)).toHaveLength(3);
  await removeOrphans(directory, "work-", Date.now());
  expect((await readdir(directory)).toSorted()).toEqual([
    expect.stringMatching(/^other-/),
    own.slice(directory.length + 1),
  ]);
});

test("a number that another process has now does not protect a folder", async ({ directory }) => {
  const namespace = /\d+/.exec(await readlink("/proc/self/ns/pid"))?.[0];
  await mkdir(join(directory, `work-${namespace}-${process.pid}-1-abcdef`));
  await removeOrphans(directory, "work-", Date.now());
  expect(await readdir(directory)).toEqual([]);
});

test("folders of another container are removed after two days", async ({ directory }) => {
  const names = ["work-1-1-1-abcdef", "work-1-1-1-ghijkl"];
  for (const name of names) await mkdir(join(directory, name));
  const now = Date.now();
  await utimes(join(directory, names[0] ?? ""), new Date(now - 172_900_000), new Date(now - 172_900_000));
  await removeOrphans(directory, "work-", now);
  expect(await readdir(directory)).toEqual([names[1]]);
});
