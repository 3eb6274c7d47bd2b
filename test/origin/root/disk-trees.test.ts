import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { TreeNode } from "../../../image/root/file-trees.ts";
import { byteString, decodeText } from "../../../image/tar/byte-string.ts";
import { DISK_TREES } from "../../../origin/root/disk-trees.ts";
import { test, writeTree } from "../fixtures.ts";

const TREE = { "d/f": "größe", "l/": "", "link/to-f": { link: "../d/f" }, "link/out": { link: "/dev/zero" } };

describe("a path leads to", () => {
  test.for<[string, TreeNode | undefined]>([
    ["d", { kind: "directory" }],
    ["d/f", { kind: "file", size: 7 }],
    ["link/to-f", { kind: "symlink", target: "../d/f" }],
    ["link/out", { kind: "symlink", target: "/dev/zero" }],
    ["d/missing", undefined],
    ["d/f/below", undefined],
    [`d/${"n".repeat(300)}`, undefined],
  ])("%s: %j", async ([path, node], { directory }) => {
    await writeTree(directory, TREE);
    expect(DISK_TREES.find(join(directory, path))).toEqual(node);
  });

  test("a special file, which is not read", async ({ directory }) => {
    await promisify(execFile)("mkfifo", [join(directory, "fifo")]);
    expect(DISK_TREES.find(join(directory, "fifo"))).toEqual({ kind: "other" });
  });

  test("a link whose name and target are not UTF-8", async ({ directory }) => {
    await symlink(Buffer.of(0xfe), Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0xff)]));
    expect(DISK_TREES.find(byteString(`${directory}/`) + "\u00ff")).toEqual({ kind: "symlink", target: "\u00fe" });
  });
});

test("a file is read whole", async ({ directory }) => {
  await writeTree(directory, TREE);
  expect(decodeText(DISK_TREES.read(join(directory, "d/f")))).toBe("größe");
});

test("a file is not read if a link has taken its place", async ({ directory }) => {
  await writeFile(join(directory, "secret"), "text");
  await symlink("secret", join(directory, "link"));
  expect(() => DISK_TREES.read(join(directory, "link"))).toThrow(/ELOOP/);
});
