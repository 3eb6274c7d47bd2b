import { join } from "node:path";
import { describe, expect } from "vitest";
import { DuplicateFiles } from "../../../origin/packing/duplicate-files.ts";
import { test, writeTree } from "../fixtures.ts";

const PAGE = 4096;

type File = Parameters<DuplicateFiles["find"]>[0];

/** The twin of a file, after all pauses. */
function findOne(duplicates: DuplicateFiles, file: File): string | undefined {
  const search = duplicates.find(file);
  for (let step = search.next(); ; step = search.next()) if (step.done) return step.value;
}

/** The twin of each file, by name, in order. `modes`: the modes of files that do not have 444. */
async function find(
  directory: string,
  files: Readonly<Record<string, string>>,
  modes: Readonly<Record<string, number>> = {},
): Promise<(string | undefined)[]> {
  await writeTree(directory, files);
  const duplicates = new DuplicateFiles();
  return Object.entries(files).map(([name, text]) => {
    const found = findOne(duplicates, { path: join(directory, name), size: text.length, mode: modes[name] ?? 0o444 });
    return found?.slice(directory.length + 1);
  });
}

test("an earlier file with the same bytes is found, with any name and in any folder", async ({ directory }) => {
  const text = "x".repeat(PAGE);
  const files = { "bin/git": text, other: "y".repeat(PAGE), "libexec/git": text, "z/git": text };
  expect(await find(directory, files)).toEqual([undefined, undefined, "bin/git", "bin/git"]);
});

test("among several files of the same size, the right one is found", async ({ directory }) => {
  const text = (letter: string) => letter.repeat(5000);
  const files = { a: text("a"), b: text("b"), c: text("c"), b2: text("b"), c2: text("c"), a2: text("a") };
  expect(await find(directory, files)).toEqual([undefined, undefined, undefined, "b", "c", "a"]);
});

describe("no twin is found for a file", () => {
  test.for<[string, Record<string, string>, Record<string, number>]>([
    ["of the same size with another last byte", { a: "x".repeat(PAGE), b: `${"x".repeat(PAGE - 1)}y` }, {}],
    ["that begins with the bytes of the other file", { a: "x".repeat(PAGE), b: "x".repeat(PAGE + 1) }, {}],
    ["with another mode", { a: "x".repeat(PAGE), b: "x".repeat(PAGE) }, { a: 0o555 }],
    ["smaller than a page", { a: "x".repeat(PAGE - 1), b: "x".repeat(PAGE - 1) }, {}],
    ["without bytes", { a: "", b: "" }, {}],
  ])("%s", async ([, files, modes], { directory }) => {
    expect(await find(directory, files, modes)).toEqual([undefined, undefined]);
  });
});

test("a file is read only if another file has the same size", async ({ directory }) => {
  const duplicates = new DuplicateFiles();
  const gone = { path: join(directory, "gone"), size: PAGE, mode: 0o444 };
  expect(findOne(duplicates, gone)).toBe(undefined);
  expect(() => findOne(duplicates, gone)).toThrow("ENOENT");
});

test("after 65536 files, further ones are compared with these, but not with each other", async ({ directory }) => {
  await writeTree(directory, { first: "x".repeat(PAGE), second: "x".repeat(PAGE) });
  const duplicates = new DuplicateFiles();
  const lookUp = (name: string, size: number) =>
    findOne(duplicates, { path: join(directory, name), size, mode: 0o444 });
  lookUp("first", PAGE);
  for (let count = 1; count < 65_536; count++) lookUp("never read", PAGE + count);
  lookUp("late", PAGE + 65_536);
  expect(lookUp("later", PAGE + 65_536)).toBe(undefined);
  expect(lookUp("second", PAGE)).toBe(join(directory, "first"));
});

test("there are pauses while large files or many files are read", async ({ directory }) => {
  const large = "x".repeat(9 * 1_048_576);
  const many = Array.from({ length: 40 }, (_, index) => String(index).padEnd(300_000));
  const files = Object.fromEntries([
    ["a", large],
    ["b", large],
    ...many.map((text, index) => [`m${index}`, text] as const),
  ]);
  await writeTree(directory, files);
  const duplicates = new DuplicateFiles();
  const pauses = Object.entries(files).map(([name, { length: size }]) => {
    const search = duplicates.find({ path: join(directory, name), size, mode: 0o444 });
    let count = 0;
    while (!search.next().done) count += 1;
    return count;
  });
  // The search reads both large files when it meets the second one. The other files have 4 MiB by twos or threes.
  expect(pauses.slice(0, 2)).toEqual([0, 4]);
  expect(pauses.slice(2).every((count) => count <= 1)).toBe(true);
  expect(pauses.slice(2).reduce((sum, count) => sum + count, 0)).toBe(3);
});
