import { lstat, mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect } from "vitest";
import { unpackArchive } from "../../../origin/archives/unpack-archive.ts";
import { rejection, test } from "../fixtures.ts";
import { type Entry, inParts, tarGz } from "./tar-gz.ts";

const signal = new AbortController().signal;

async function unpack(directory: string, entries: readonly Entry[], onRead = () => {}) {
  const folder = join(directory, "unpacked");
  await mkdir(folder, { recursive: true });
  const archive = inParts(await tarGz(entries), 65_536);
  return { folder, tree: await unpackArchive(archive, { folder, signal, onRead }) };
}

const file = (name: string, contents = "", mode = 0o600): Entry => [{ name, mode }, contents];

test("files have the contents of the archive, whatever their size", async ({ directory }) => {
  // Larger than the thread's buffer.
  const long = "0123456789".repeat(250_000);
  const entries = [file("top/a", "1"), file("top/long", long), file("top/none"), file("top/b/c/d", "2")];
  const { tree } = await unpack(directory, entries);
  const texts = await Promise.all(
    ["a", "long", "none", "b/c/d"].map((path) => readFile(join(tree.path, path), "utf8")),
  );
  expect(texts.map((text) => (text === long ? "long" : text))).toEqual(["1", "long", "", "2"]);
});

test("all users may read the files, whatever the archive and the process allow", async ({ directory }) => {
  const mask = process.umask(0o077);
  try {
    const entries = [file("top/b/a", "1"), file("top/b/run", "2", 0o700), file("top/b/odd", "3", 0o4711)];
    const { tree } = await unpack(directory, entries);
    const modes = await Promise.all(
      ["", "b", "b/a", "b/run", "b/odd"].map(async (path) => (await lstat(join(tree.path, path))).mode & 0o7777),
    );
    expect(modes).toEqual([0o755, 0o755, 0o644, 0o755, 0o755]);
  } finally {
    process.umask(mask);
  }
});

test("links, hard links and empty folders are there, too", async ({ directory }) => {
  const { tree } = await unpack(directory, [
    [{ name: "top/a/link", type: "symlink", linkname: "../b" }],
    file("top/b/same", "1"),
    [{ name: "top/c", type: "link", linkname: "top/b/same" }],
    [{ name: "top/empty/", type: "directory" }],
  ]);
  expect(await readlink(join(tree.path, "a/link"))).toBe("../b");
  expect(await readFile(join(tree.path, "c"), "utf8")).toBe("1");
  expect((await readdir(tree.path)).toSorted()).toEqual(["a", "b", "c", "empty"]);
});

test("the folder has the name that Nix gives the same files in its store", async ({ directory }) => {
  const { folder, tree } = await unpack(directory, [file("top/a", "1")]);
  // printf 1 >source/a; nix-store --add source
  expect(basename(tree.path)).toBe("gxydwx05xw43djxcvlhi10zrq7kr72ix-source");
  expect(await readdir(folder)).toEqual([basename(tree.path)]);
});

test("its size counts whole blocks, files and folders", async ({ directory }) => {
  const { tree } = await unpack(directory, [file("top/b/a", "1"), file("top/c", "x".repeat(4097)), file("top/none")]);
  expect(tree.bytes).toBe(5 * 4096);
});

describe("an archive that is refused", () => {
  test("leaves no file outside of its folder", async ({ directory }) => {
    const out = [[{ name: "top/up", type: "symlink", linkname: ".." }], file("top/up/a", "1")] as const;
    expect(await rejection(unpack(directory, out))).toMatchObject({ message: /leads out/ });
    expect(await readdir(directory)).toEqual(["unpacked"]);
  });

  test("with two folders at its top says so, even if their files have the same names", async ({ directory }) => {
    const error = await rejection(unpack(directory, [file("one/a", "1"), file("two/a", "1")]));
    expect(error).toMatchObject({ message: "does not have one folder at its top" });
  });
});

test("an error of the writing thread ends the reading, and keeps its code", async ({ directory }) => {
  const folder = join(directory, "unpacked");
  // The thread makes this folder.
  await mkdir(join(folder, "files"), { recursive: true });
  const archive = await tarGz([file("top/a", "1")]);
  async function* endless() {
    yield* inParts(archive.subarray(0, -10));
    for (;;) {
      await setTimeout(1);
      yield new Uint8Array();
    }
  }
  const error = await rejection(unpackArchive(endless(), { folder, signal, onRead() {} }));
  expect(error).toMatchObject({ code: "EEXIST" });
});

test("the caller hears when the archive has arrived", async ({ directory }) => {
  let count = 0;
  await unpack(directory, [file("top/a", "1")], () => (count += 1));
  expect(count).toBe(1);
});
