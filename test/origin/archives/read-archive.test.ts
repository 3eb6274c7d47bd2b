import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createArchiveTree, type PlacedFile } from "../../../origin/archives/archive-tree.ts";
import { readArchive } from "../../../origin/archives/read-archive.ts";
import { rejection, test } from "../fixtures.ts";
import { type Entry, inParts, tarGz } from "./tar-gz.ts";

const signal = new AbortController().signal;

async function read(directory: string, archive: AsyncIterable<Uint8Array>) {
  const content = join(directory, "content");
  const files: PlacedFile[] = [];
  const { children } = await readArchive(archive, { content, onFiles: (more) => files.push(...more), signal });
  return { children: Object.fromEntries(children), content: await readFile(content, "utf8"), files };
}

const file = (name: string, contents = ""): Entry => [{ name, mode: 0o644 }, contents];

test("an archive becomes a tree and one file of contents", async ({ directory }) => {
  const archive = await tarGz([
    [{ name: "top/", type: "directory" }],
    file("top/a", "1"),
    [{ name: "top/b/run", mode: 0o755 }, "22"],
    [{ name: "top/b/link", type: "symlink", linkname: "../a" }],
    [{ name: "top/c", type: "link", linkname: "top/a" }],
    file("./top/empty"),
  ]);
  const a = { kind: "file", isExecutable: false, offset: 0, size: 1 };
  expect(await read(directory, inParts(archive))).toEqual({
    children: {
      a,
      b: {
        kind: "folder",
        children: new Map([
          ["run", { kind: "file", isExecutable: true, offset: 1, size: 2 }],
          ["link", { kind: "link", target: "../a" }],
        ]),
      },
      c: a,
      empty: { kind: "file", isExecutable: false, offset: 3, size: 0 },
    },
    content: "122",
    files: [
      { ...a, path: "a" },
      { kind: "file", isExecutable: true, offset: 1, size: 2, path: "b/run" },
      { ...a, path: "c" },
      { kind: "file", isExecutable: false, offset: 3, size: 0, path: "empty" },
    ],
  });
});

describe("an archive is refused", () => {
  const link = (linkname: string): Entry => [{ name: "top/a/link", type: "symlink", linkname }];
  const leadsOut = 'has a link that leads out of it: "top/a/link"';
  const badName = (name: string) => `has a file with a name that is not allowed: ${JSON.stringify(name)}`;

  test.for<readonly [string, readonly Entry[]]>([
    [leadsOut, [link("/etc/passwd")]],
    [leadsOut, [link("../../passwd")]],
    [leadsOut, [link("../b/../../../passwd")]],
    [leadsOut, [link("b/..")]],
    [
      'has files below "top/a/x", which is no folder',
      [[{ name: "top/a", type: "symlink", linkname: "b" }], file("top/a/x")],
    ],
    [badName("/etc/passwd"), [file("/etc/passwd")]],
    [badName("top/../../x"), [file("top/../../x")]],
    ['has two files with the name "top/a"', [file("top/a"), file("top/a")]],
    ['has a link to a file that it does not have: "top/b"', [[{ name: "top/b", type: "link", linkname: "top/none" }]]],
    [badName("/etc/passwd"), [[{ name: "top/b", type: "link", linkname: "/etc/passwd" }]]],
    [
      `has a file with a name that is too long: ${JSON.stringify(`top/${"n".repeat(96)}…`)}`,
      [file(`top/${"n".repeat(256)}`)],
    ],
    ["does not have one folder at its top", [file("a/x"), file("b/x")]],
    ["has files beside its folder", [file("x")]],
    ['has something that is no file, folder or link: "top/d"', [[{ name: "top/d", type: "character-device" }]]],
  ])("if it %s", async ([reason, entries], { directory }) => {
    const error = await rejection(read(directory, inParts(await tarGz(entries))));
    expect(error).toMatchObject({ name: "ArchiveError", message: reason });
  });

  test("if it has more files than any package set", () => {
    const tree = createArchiveTree();
    const add = (count: number) => {
      for (let index = 0; index < count; index += 1) tree.addFolder(`top/${index}`);
    };
    add(499_999);
    expect(() => add(500_000)).toThrow("has more than 500000 files");
  });

  test.for([
    ["ends too early", (archive: Buffer) => archive.subarray(0, archive.length / 2)],
    ["is damaged, or no .tar.gz file", (archive: Buffer) => Buffer.concat([Buffer.from("x"), archive])],
    ["is damaged, or no .tar.gz file", () => Buffer.from("<!doctype html>")],
    ["ends too early", () => Buffer.alloc(0)],
  ] as const)("if it %s", async ([reason, damage], { directory }) => {
    const archive = await tarGz([file("top/a", "x".repeat(100_000))]);
    expect(await rejection(read(directory, inParts(damage(archive))))).toMatchObject({ message: reason });
  });
});

test("a full disk is an error of the system", async () => {
  const archive = await tarGz([file("top/a", "x".repeat(100_000))]);
  const error = await rejection(readArchive(inParts(archive), { content: "/dev/full", onFiles() {}, signal }));
  expect(error).toMatchObject({ code: "ENOSPC" });
});

test("the error of the download is passed on", async ({ directory }) => {
  const archive = await tarGz([file("top/a", "x".repeat(100_000))]);
  async function* broken() {
    yield* inParts(archive.subarray(0, 50));
    throw new Error("the connection broke");
  }
  expect(await rejection(read(directory, broken()))).toMatchObject({ message: "the connection broke" });
});
