import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeFolder } from "../../../web/site/write-folder.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-web-"));
});
afterAll(() => rm(directory, { recursive: true }));

it("a folder holds the files and no others, and files that are the same stay untouched", async () => {
  const folder = join(directory, "web");
  await writeFolder(
    folder,
    new Map([
      ["index.html", "1"],
      ["assets/a.js", "2"],
    ]),
  );
  const before = await stat(join(folder, "index.html"));
  await writeFile(join(folder, "assets/stale.js"), "");
  await writeFolder(
    folder,
    new Map([
      ["index.html", "1"],
      ["assets/a.js", "3"],
    ]),
  );
  expect((await readdir(folder, { recursive: true })).toSorted()).toEqual(["assets", "assets/a.js", "index.html"]);
  expect(await readFile(join(folder, "assets/a.js"), "utf8")).toBe("3");
  expect((await stat(join(folder, "index.html"))).ino).toBe(before.ino);
  expect(await readdir(directory)).toEqual(["web"]);
});
