import { createHash } from "node:crypto";
import { mkdtemp, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { assert, asyncProperty, constantFrom, dictionary, integer, letrec, oneof, string } from "fast-check";
import { describe, expect } from "vitest";
import type { TreeEntry } from "../../../image/trees/tree-entry.ts";
import { tarOfNar } from "../../../origin/nars/tar-of-nar.ts";
import { storePathEntries } from "../../../origin/packing/store-path-entries.ts";
import { TarSource } from "../../../origin/packing/tar-source.ts";
import { rejection, test } from "../fixtures.ts";
import {
  announced,
  cut,
  file,
  folder,
  link,
  narBytes,
  program,
  text,
  texts,
  type Tree,
  writeToDisk,
} from "./nar-bytes.ts";

const MIB = 1_048_576;
const NAME = "00000000000000000000000000000000-tree";

/** The tar that the packing thread makes from the disk, without the directories above the path and the tar's end. */
function tarOfDisk(path: string): Buffer {
  const source = new TarSource([{ entries: () => storePathEntries([path]) }]);
  const slabs: Buffer[] = [];
  while (source.section) {
    const slab = Buffer.alloc(MIB);
    const count = source.read(slab);
    if (count !== "paused") slabs.push(slab.subarray(0, count));
  }
  return Buffer.concat(slabs);
}

/** A chunk is valid until the next one. */
async function collectTar(tar: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(tar, (chunk) => Buffer.from(chunk)));
}

async function tarOf(tree: Tree, path: string, spool: string, chunkBytes = 65_536): Promise<Buffer> {
  const nar = narBytes(tree);
  return collectTar(tarOfNar(cut(nar, chunkBytes), announced(path, nar, spool)));
}

/** Both tars, as hashes with their sizes. */
async function bothWays(tree: Tree, directory: string): Promise<{ disk: string; stream: string }> {
  const path = join(await mkdtemp(join(directory, "store-")), NAME);
  await writeToDisk(path, tree);
  const shown = (tar: Buffer) => `${tar.length} ${createHash("sha256").update(tar).digest("hex")}`;
  return { disk: shown(tarOfDisk(path)), stream: shown(await tarOf(tree, path, directory)) };
}

const PAGE = "x".repeat(4096);
const LARGE = Buffer.alloc(MIB + 1, "large");
const OTHER_LARGE = Buffer.concat([LARGE.subarray(1), Buffer.of(1)]);
const LONG = "n".repeat(200);

describe("a tree has the same tar as on the disk", () => {
  test.for<[string, Tree]>([
    ["a file", file("abc")],
    ["an empty file", file("")],
    ["a program", program("#!/bin/sh\n")],
    ["a link", link("/nix/store/x")],
    ["an empty folder", folder({})],
    ["folders in folders", folder({ a: folder({ b: folder({ c: file("c") }), "b-": file("") }), "a.b": folder({}) })],
    ["names that are not UTF-8", folder({ "\xff\n": file("1"), "\xc3\xa9": link("\xfe"), A: program("2") })],
    ["names for pax headers", folder({ [LONG]: folder({ [LONG]: file(PAGE), l: link(LONG), z: file(PAGE) }) })],
    ["sizes around a block", folder({ a: file("x".repeat(511)), b: file("x".repeat(512)), c: file("x".repeat(513)) })],
    ["equal files", folder({ a: file(PAGE), b: folder({ c: file(PAGE) }), d: file(PAGE), e: program(PAGE) })],
    ["equal small files", folder({ a: file("x".repeat(4095)), b: file("x".repeat(4095)) })],
    [
      "files of one size",
      folder({ a: file(`${PAGE}1`), b: file(`${PAGE}2`), c: file(`${PAGE}1`), d: file(`${PAGE}2`) }),
    ],
    ["large files", folder({ a: file(LARGE), b: file(OTHER_LARGE), c: file(LARGE), d: file(OTHER_LARGE) })],
  ])("%s", async ([, tree], { directory }) => {
    const { disk, stream } = await bothWays(tree, directory);
    expect(stream).toBe(disk);
  });

  test("any tree", async ({ directory }) => {
    const content = oneof(
      { weight: 3, arbitrary: constantFrom("", "a", PAGE, `${PAGE}a`, `${PAGE}b`) },
      { weight: 1, arbitrary: string({ maxLength: 9000 }) },
    );
    const name = string({
      unit: integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 90,
    }).filter((value) => value !== "." && value !== ".." && !value.includes("/") && !value.startsWith(".wh."));
    const { node } = letrec<{ node: Tree }>((tie) => ({
      node: oneof(
        { depthSize: "medium", withCrossShrink: true },
        oneof(content.map(file), content.map(program), name.map(link)),
        dictionary(name, tie("node"), { maxKeys: 8, noNullPrototype: true }).map(folder),
      ),
    }));
    await assert(
      asyncProperty(node, async (tree) => {
        const { disk, stream } = await bothWays(tree, directory);
        expect(stream).toBe(disk);
      }),
      { numRuns: 60 },
    );
  });
});

test("an archive that was written by hand has the tar that was written by hand", async ({ directory }) => {
  const nar = texts("nix-archive-1", "(", "type", "regular", "executable", "", "contents", "hi", ")");
  const path = `/nix/store/${NAME}`;
  const tar = await collectTar(tarOfNar(cut(nar, 100), announced(path, nar, directory)));
  expect(tar.toString("latin1", 0, 124)).toBe(
    `nix/store/${NAME}`.padEnd(100, "\0") + "0000555\u00000000000\u00000000000\u0000",
  );
  expect(tar.toString("latin1", 124, 136)).toBe("00000000002\0");
  expect(tar.toString("latin1", 512)).toBe("hi".padEnd(512, "\0"));
});

test.for([1, 7, 65_536])("chunks of %i bytes give the same tar", async (chunkBytes, { directory }) => {
  const tree = folder({
    a: file(`${PAGE}1`),
    b: folder({ c: file(`${PAGE}1`), d: link("a") }),
    e: program(`${PAGE}2`),
  });
  const path = `/nix/store/${NAME}`;
  const whole = await tarOf(tree, path, directory, 10 * MIB);
  expect((await tarOf(tree, path, directory, chunkBytes)).equals(whole)).toBe(true);
});

test("entries are told in order, with the contents that are asked for", async ({ directory }) => {
  const nar = narBytes(folder({ a: file("keep"), b: folder({ c: program("drop"), d: link("../a") }), e: file("") }));
  const entries: TreeEntry[] = [];
  const options = {
    ...announced(`/nix/store/${NAME}`, nar, directory),
    onEntry: (entry: TreeEntry) => void entries.push(entry),
    keeps: (path: string, size: number) => path !== "b/c" && size <= 4,
  };
  await Array.fromAsync(tarOfNar(cut(nar, 3), options));
  const bytes = (value: string) => new Uint8Array(Buffer.from(value));
  expect(entries).toEqual([
    { kind: "directory", path: "" },
    { kind: "file", path: "a", size: 4, isExecutable: false, bytes: bytes("keep") },
    { kind: "directory", path: "b" },
    { kind: "file", path: "b/c", size: 4, isExecutable: true, bytes: undefined },
    { kind: "symlink", path: "b/d", target: "../a" },
    { kind: "file", path: "e", size: 0, isExecutable: false, bytes: bytes("") },
  ]);
});

describe("an archive that is not the announced one is refused", () => {
  const nar = narBytes(file("abc"));
  test.for<[string, { narSize?: number; narHash?: string }, string]>([
    ["with another hash", { narHash: "0".repeat(64) }, "has another hash than announced"],
    ["with a smaller size", { narSize: nar.length - 8 }, `is larger than ${nar.length - 8} bytes`],
    ["with a larger size", { narSize: nar.length + 8 }, "ends early"],
  ])("%s", async ([, other, problem], { directory }) => {
    const chunks: Uint8Array[] = [];
    const options = { ...announced(`/nix/store/${NAME}`, nar, directory), ...other };
    async function collect() {
      for await (const chunk of tarOfNar(cut(nar, 100), options)) chunks.push(chunk);
    }
    expect(await rejection(collect())).toMatchObject({ name: "NarError", message: `the archive of tree ${problem}` });
    expect(chunks).toEqual([]);
  });
});

/** The open files of this process below a directory, with or without a name. */
async function openFiles(directory: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
  return targets.filter((target) => target.startsWith(directory));
}

describe("the spool is empty, and no file of it is open", () => {
  const nar = narBytes(folder({ a: file(LARGE), b: file(OTHER_LARGE), c: file(LARGE) }));

  test.for<[string, number]>([
    ["after the end", Infinity],
    ["when the reader leaves", 6],
  ])("%s", async ([, wanted], { directory }) => {
    let count = 0;
    for await (const _ of tarOfNar(cut(nar, 65_536), announced(`/nix/store/${NAME}`, nar, directory))) {
      count += 1;
      if (count < wanted) continue;
      expect(await openFiles(directory)).toHaveLength(1);
      break;
    }
    expect([await readdir(directory), await openFiles(directory)]).toEqual([[], []]);
  });
});

test("a large file passes through, and no chunk waits for another", async ({ directory }) => {
  const size = 300 * MIB;
  const piece = Buffer.alloc(MIB, "piece");
  const head = texts("nix-archive-1", "(", "type", "regular", "contents");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(size));
  let sent = 0;
  const hash = createHash("sha256").update(head).update(length);
  for (let count = 0; count < 300; count++) hash.update(piece);
  async function* chunks() {
    yield Buffer.concat([head, length]);
    for (let count = 0; count < 300; count++) {
      sent += MIB;
      yield piece;
    }
    yield text(")");
  }
  const options = {
    path: `/nix/store/${NAME}`,
    narSize: head.length + 8 + size + 16,
    narHash: hash.update(text(")")).digest("hex"),
    spoolDirectory: directory,
  };
  let received = 0;
  let outstanding = 0;
  for await (const chunk of tarOfNar(chunks(), options)) {
    received += chunk.length;
    outstanding = Math.max(outstanding, sent - received);
  }
  expect(received).toBe(512 + size);
  expect(outstanding).toBeLessThanOrEqual(MIB);
});
