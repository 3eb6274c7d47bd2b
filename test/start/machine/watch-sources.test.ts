import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { watchSources } from "../../../start/machine/watch-sources.ts";
import { test, until, writeTree } from "../../origin/fixtures.ts";

const TREE = { "worker/a/b.ts": "1", "worker/c.ts": "1", "origin/d.ts": "1", "docs/e.ts": "1" };
/** In milliseconds. Longer than a watcher waits for further changes. */
const QUIET_MS = 400;

async function setUp(directory: string) {
  await writeTree(directory, TREE);
  const files: string[] = [];
  const watched = watchSources(directory, ["worker", "origin"], (file) => files.push(file));
  onTestFinished(() => watched.stop());
  return { files, watched };
}

test.for([
  ["a file of a folder", "origin/d.ts"],
  ["a file further down", "worker/a/b.ts"],
  ["a new file", "worker/a/new.ts"],
])("a change of %s is reported", async ([, file], { directory }) => {
  const { files } = await setUp(directory);
  await writeFile(join(directory, file ?? ""), "2");
  await until(() => files.length > 0);
  expect(files).toEqual([file]);
});

test("a file that an editor replaces is reported each time", async ({ directory }) => {
  const { files } = await setUp(directory);
  for (const count of [1, 2]) {
    await writeFile(join(directory, "worker/.c.ts.new"), String(count));
    await rename(join(directory, "worker/.c.ts.new"), join(directory, "worker/c.ts"));
    await until(() => files.length === count);
  }
  expect(new Set(files)).toEqual(new Set(["worker/c.ts"]));
});

test("a file in a new folder is reported", async ({ directory }) => {
  const { files } = await setUp(directory);
  await writeTree(directory, { "worker/new/f.ts": "1" });
  await until(() => files.length === 1);
  await writeFile(join(directory, "worker/new/f.ts"), "2");
  await until(() => files.length === 2);
  expect(files[1]).toBe("worker/new/f.ts");
});

test("many changes at once are reported once", async ({ directory }) => {
  const { files } = await setUp(directory);
  await Promise.all(Array.from({ length: 20 }, (_, index) => writeFile(join(directory, `worker/${index}.ts`), "2")));
  await until(() => files.length > 0);
  await setTimeout(QUIET_MS);
  expect(files).toHaveLength(1);
});

test("other folders, an editor's own files, and changes after the end are not reported", async ({ directory }) => {
  const { files, watched } = await setUp(directory);
  for (const name of ["docs/e.ts", "worker/.c.ts.swp", "worker/c.ts~"]) await writeFile(join(directory, name), "2");
  await setTimeout(QUIET_MS);
  await watched.stop();
  await writeFile(join(directory, "worker/c.ts"), "2");
  await setTimeout(QUIET_MS);
  expect(files).toEqual([]);
});
