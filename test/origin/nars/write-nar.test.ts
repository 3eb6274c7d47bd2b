import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { FolderNode, TreeNode } from "../../../origin/nars/tree.ts";
import { NarReader } from "../../../origin/nars/read-nar.ts";
import { narOf } from "../../../origin/nars/write-nar.ts";
import { test, writeTree } from "../fixtures.ts";

const folder = (children: Readonly<Record<string, TreeNode>>): FolderNode => ({
  kind: "folder",
  children: new Map(Object.entries(children)),
});

async function nar(root: FolderNode, directory: string, content: string): Promise<string> {
  await writeTree(directory, { content });
  await using handle = await open(join(directory, "content"));
  const bytes = Buffer.concat(await Array.fromAsync(narOf(root, handle)));
  expect(bytes.length % 8).toBe(0);
  return bytes.toString("latin1");
}

/** The texts of an archive, without their lengths and padding. */
function words(archive: string): string[] {
  return archive.split(/\p{Cc}+/u).filter((word) => word !== "");
}

test("entries are sorted by the bytes of their names", async ({ directory }) => {
  const root = folder({ "a.b": folder({}), a: folder({}), "a-b": folder({}), é: folder({}), Z: folder({}) });
  const archive = await nar(root, directory, "");
  const names = words(archive).flatMap((word, index, all) => (word === "name" ? [all[index + 1]] : []));
  expect(names).toEqual(["Z", "a", "a-b", "a.b", Buffer.from("é").toString("latin1")]);
});

test("files have their contents, wherever these are", async ({ directory }) => {
  const file = (offset: number, size: number, isExecutable = false): TreeNode => ({
    kind: "file",
    isExecutable,
    offset,
    size,
  });
  const long = "x".repeat(600_000);
  const root = folder({ first: file(600_004, 4), long: file(4, 600_000, true), zero: file(9, 0), zz: file(0, 4) });
  const archive = words(await nar(root, directory, `LAST${long}1234`));
  expect(archive).toContain("1234");
  expect(archive).toContain(long);
  expect(archive.at(-4)).toBe("LAST");
  expect(archive.filter((word) => word === "executable")).toHaveLength(1);
});

test("the reader accepts what the writer writes", async ({ directory }) => {
  const file: TreeNode = { kind: "file", isExecutable: true, offset: 0, size: 4 };
  const root = folder({ b: folder({ file, link: { kind: "link", target: "../a" } }), a: folder({}) });
  const bytes = Buffer.from(await nar(root, directory, "text"), "latin1");
  const path = "/nix/store/00000000000000000000000000000000-tree";
  const reader = new NarReader({ path, narSize: bytes.length });
  const events = [...reader.read(bytes)];
  reader.end();
  expect(events).toEqual([
    { kind: "directory", path: "" },
    { kind: "directory", path: "a" },
    { kind: "directory", path: "b" },
    { kind: "file", path: "b/file", size: 4, isExecutable: true },
    { kind: "bytes", bytes: Buffer.from("text") },
    { kind: "symlink", path: "b/link", target: "../a" },
  ]);
});
