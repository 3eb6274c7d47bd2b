import { execFile } from "node:child_process";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { byteString } from "../../../image/tar/byte-string.ts";
import { treeOf } from "../../../image/trees/tree-of.ts";
import { diskTreeEntries } from "../../../origin/root/disk-tree-entries.ts";
import { treeWith } from "../../image/trees/entries.ts";
import { test, writeTree } from "../fixtures.ts";

test("a tree on the disk has the entries of the tree that was written", async ({ directory }) => {
  const nodes = {
    "bin/git": { program: "#!/bin/sh" },
    "bin/sh": { link: "git" },
    "bin-x": "x",
    "empty/": "",
    "etc/passwd": "text",
    "größe/ä": "",
    "lib/sysusers.d/a.conf": "u a -",
  };
  const path = await writeTree(join(directory, "a"), nodes);
  expect(treeOf(diskTreeEntries(path))).toEqual(treeWith(nodes));
});

test("names and targets of any bytes are kept", async ({ directory }) => {
  await symlink(Buffer.of(0xfe), Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0xff)]));
  expect([...diskTreeEntries(directory)]).toEqual([
    { kind: "directory", path: "" },
    { kind: "symlink", path: "\u00ff", target: "\u00fe" },
  ]);
});

test.for([
  ["a file", "text"],
  ["a link", { link: "/nix/store/x" }],
] as const)("a store path can be %s", async ([, node], { directory }) => {
  await writeTree(directory, { a: node });
  expect(treeOf(diskTreeEntries(join(directory, "a")))).toEqual(treeWith({ "": node }));
});

test("only the bytes of files that the root reads are kept", async ({ directory }) => {
  await writeTree(directory, { "bin/x": "x", "etc/passwd": "x".repeat(1_048_577) });
  const kept = [...diskTreeEntries(directory)].filter((entry) => "bytes" in entry && entry.bytes);
  expect(kept).toEqual([]);
});

test("a tree that no layer can hold is the package's fault", async ({ directory }) => {
  await writeTree(directory, { "bin/.wh.x": "" });
  expect(() => [...diskTreeEntries(directory)]).toThrow(expect.objectContaining({ name: "PackageError" }));
});

test("a special file is an error, and is not read", async ({ directory }) => {
  await promisify(execFile)("mkfifo", [join(directory, "fifo")]);
  const message = `${byteString(directory)}/fifo is not a file, directory or symbolic link`;
  expect(() => [...diskTreeEntries(directory)]).toThrow(message);
});
