import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { ImageRoot } from "../../../image/root/image-root.ts";
import { readImageRoot } from "../../../origin/root/read-image-root.ts";
import { test, type TreeNode, writeTree } from "../fixtures.ts";

const PROPAGATED = "nix-support/propagated-user-env-packages";

/** Reads the root of store paths `a` and `b`. Only `a` is requested. */
function readRoot(store: string): ImageRoot {
  const [a, b] = [join(store, "a"), join(store, "b")];
  return readImageRoot({
    packages: [{ name: "a", attribute: "a", path: a, requested: true }],
    closure: [a, b].map((path) => ({ path, narSize: 0, references: [] })),
  });
}

function namesOf({ entries }: ImageRoot): string[] {
  return entries.map(({ name }) => name).filter((name) => name.startsWith("bin/"));
}

test("a package and the package that it propagates make the root", async ({ directory }) => {
  await writeTree(directory, { "a/bin/bash": "", [`a/${PROPAGATED}`]: `${directory}/b\n`, "b/bin/x": "" });
  const root = readRoot(directory);
  expect(namesOf(root)).toEqual(["bin/", "bin/bash", "bin/sh", "bin/x"]);
  expect(root).toMatchObject({ hasShell: true, hasCertificates: false, clashes: [] });
});

test("a package that is a link to another is read by its own name", async ({ directory }) => {
  await writeTree(directory, { a: { link: "b" }, "b/bin/x": "" });
  const target = join(directory, "a/bin/x");
  expect(readRoot(directory).entries).toContainEqual({ type: "symlink", name: "bin/x", target });
});

test("a package that is gone is the system's error", async ({ directory }) => {
  expect(() => readRoot(directory)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});

test("names of any bytes are kept, and stay different", async ({ directory }) => {
  const names = [[0x61, 0xff], [0x61, 0xfe], [0x0a, 0x07], [...Buffer.from("ä")], [0xef, 0xbf, 0xbd]];
  const bin = `${join(directory, "a/bin")}/`;
  await writeTree(directory, { "a/bin/": "" });
  for (const name of names) await writeFile(Buffer.concat([Buffer.from(bin), Buffer.from(name)]), "");
  const { entries } = readRoot(directory);
  const found = entries.flatMap((entry) =>
    entry.type === "symlink" && entry.name.startsWith("bin/") ? [[entry.name, entry.target]] : [],
  );
  const expected = names.map((name) => Buffer.from(name).toString("latin1")).toSorted();
  expect(found).toEqual(expected.map((name) => [`bin/${name}`, `${bin}${name}`]));
});

describe("nothing outside the closure is read", () => {
  test.for<[string, Readonly<Record<string, TreeNode>>]>([
    ["over a link to a device", { [`a/${PROPAGATED}`]: { link: "/dev/zero" } }],
    ["over a folder that is a link", { "a/nix-support": { link: "../../machine" } }],
    ["over a link to a file", { [`a/${PROPAGATED}`]: { link: "../../../machine/propagated-user-env-packages" } }],
    ["over a package that is a link", { a: { link: "../machine" } }],
    ["over a link to a directory", { "a/bin": { link: "../../machine/bin" } }],
    ["over a link that leads out of the store and back", { "a/bin": { link: "../../back/bin" } }],
    ["over a link to another store path", { "a/bin": { link: "../c/bin" } }],
    ["over a link through another store path", { "a/bin": { link: "../c/../b/bin" } }],
  ])("%s", async ([, tree], { directory }) => {
    const store = join(directory, "store");
    const list = join(store, "b");
    await writeTree(join(directory, "machine"), {
      "propagated-user-env-packages": list,
      [PROPAGATED]: list,
      "bin/bash": "",
    });
    await mkdir(list, { recursive: true });
    await symlink(list, join(directory, "back"));
    await writeTree(store, { ...tree, "b/bin/bash": "", "c/bin/bash": "" });
    const root = readRoot(store);
    expect(root.hasShell).toBe(false);
    expect(namesOf(root)).toEqual([]);
  });

  test("nor a FIFO, because the read would wait for a writer", async ({ directory }) => {
    await writeTree(directory, { "a/nix-support/": "", "b/bin/bash": "" });
    await promisify(execFile)("mkfifo", [join(directory, "a", PROPAGATED)]);
    expect(readRoot(directory).hasShell).toBe(false);
  });
});
