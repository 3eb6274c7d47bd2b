import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { readDirectory, readNames } from "../../../origin/packing/read-directory.ts";
import { test, writeTree } from "../fixtures.ts";

const names = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, "0"));

describe("a directory", () => {
  test.for<[string, number, number, boolean]>([
    ["with the most names is read", 10, 5, true],
    ["with one more name is the package's fault", 11, 5, false],
    ["with long names is the package's fault", 10, 100, false],
  ])("%s", async ([, count, length, isRead], { directory }) => {
    const path = join(directory, "p");
    await writeTree(path, Object.fromEntries(names(count, length).map((name) => [name, ""])));
    const read = () => readNames(path, 4096, { names: 10, bytes: 1000 });
    if (isRead) expect(read()).toEqual(names(count, length));
    else expect(read).toThrow("p has a directory with too many names: the limit is 10");
  });
});

test("names keep their bytes, and come with the kind of entry", async ({ directory }) => {
  await writeTree(directory, { "p/d/": "", "p/l": { link: "d" } });
  await writeFile(Buffer.concat([Buffer.from(`${directory}/p/`), Buffer.of(0xff, 0x0a)]), "");
  const found = readDirectory(join(directory, "p")).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(found).toEqual([
    { name: "d", isLink: false, isDirectory: true },
    { name: "l", isLink: true, isDirectory: false },
    { name: "\u00ff\n", isLink: false, isDirectory: false },
  ]);
});

test.for([readDirectory, (path: string) => readNames(path, 0)])(
  "a name that no layer can hold is the package's fault, and is named",
  async (read, { directory }) => {
    await writeTree(directory, { "p/.wh.é": "" });
    const message = "p has a file that no image can hold, because its name begins with .wh.: .wh.é";
    expect(() => read(join(directory, "p"))).toThrow(message);
  },
);
