import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { extract, type Header } from "tar-stream";
import { describe, expect } from "vitest";
import type { LayerRecord } from "../../../origin/layers/layer-record.ts";
import { storePathEntries } from "../../../origin/layers/store-path-entries.ts";
import type { TarEntry } from "../../../origin/layers/tar-entry.ts";
import { test, writeTree } from "../fixtures.ts";
import { bytesEntry, directoryEntry, fileEntry, MIB, pack, symlinkEntry } from "./packing.ts";

async function members(tar: Buffer): Promise<{ header: Header; content: Buffer }[]> {
  const found: { header: Header; content: Buffer }[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    found.push({ header: entry.header, content: await buffer(entry) });
  }
  return found;
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Of every kind one, and names of every encoding. */
const SMALL_TREE: readonly TarEntry[] = [
  directoryEntry("nix/", 0o755),
  directoryEntry("nix/store/", 0o755),
  directoryEntry("nix/store/a/"),
  bytesEntry("nix/store/a/empty", ""),
  bytesEntry("nix/store/a/hello", "#!/bin/sh\necho hello\n", 0o555),
  symlinkEntry("nix/store/a/link", "hello"),
  bytesEntry(`nix/store/a/${"l".repeat(120)}`, "a long name"),
  symlinkEntry("nix/store/a/long-link", `/nix/store/${"t".repeat(120)}`),
  bytesEntry("nix/store/a/größe-\u{1F600}", "not ASCII"),
  directoryEntry("tmp/", 0o1777),
];

describe("the bytes of a small tree are fixed for ever", () => {
  // If these must change, raise FORMAT_VERSION in origin/layers/format-version.ts: what older code has
  // made stays in stores and caches under the old one.
  const golden = {
    digest: "sha256:92e9f9d51841dfd1fc7264209ae1a899aa8a5c9b3dcaa24de16b1e73aca10c78",
    diffId: "sha256:e0deb23c0bd7d647e425e20b67fb1f8d09a4ebc53bef79e0d2c8412eaf05cb43",
    size: 473,
  };

  test("digest, diffID and size", async ({ directory }) => {
    const { record } = await pack(SMALL_TREE, join(directory, "layer"));
    expect(record).toEqual(golden);
  });

  test("an empty layer is an empty tar", async ({ directory }) => {
    const { tar } = await pack([], join(directory, "layer"));
    expect(tar).toEqual(Buffer.alloc(1024));
  });

  test("the gzip header holds neither time nor name nor operating system's whims", async ({ directory }) => {
    const { gzip } = await pack(SMALL_TREE, join(directory, "layer"));
    expect(gzip.subarray(0, 10).toString("hex")).toBe("1f8b0800000000000003");
  });
});

test("digest, diffID and size are those of the bytes", async ({ directory }) => {
  const { record, gzip, tar } = await pack(SMALL_TREE, join(directory, "layer"));
  expect(record).toEqual({ digest: sha256(gzip), diffId: sha256(tar), size: gzip.length });
});

test("tar-stream reads every field", async ({ directory }) => {
  const { tar } = await pack(SMALL_TREE, join(directory, "layer"));
  const fields = (await members(tar)).map(({ header, content }) => [
    header.type,
    header.name,
    header.mode,
    header.linkname,
    content.toString(),
  ]);
  expect(fields).toEqual([
    ["directory", "nix/", 0o755, null, ""],
    ["directory", "nix/store/", 0o755, null, ""],
    ["directory", "nix/store/a/", 0o555, null, ""],
    ["file", "nix/store/a/empty", 0o444, null, ""],
    ["file", "nix/store/a/hello", 0o555, null, "#!/bin/sh\necho hello\n"],
    ["symlink", "nix/store/a/link", 0o777, "hello", ""],
    ["file", `nix/store/a/${"l".repeat(120)}`, 0o444, null, "a long name"],
    ["symlink", "nix/store/a/long-link", 0o777, `/nix/store/${"t".repeat(120)}`, ""],
    ["file", "nix/store/a/größe-\u{1F600}", 0o444, null, "not ASCII"],
    ["directory", "tmp/", 0o1777, null, ""],
  ]);
});

test("owner, group and time are the same for all members", async ({ directory }) => {
  const { tar } = await pack(SMALL_TREE, join(directory, "layer"));
  for (const { header } of await members(tar)) {
    expect(header).toMatchObject({ uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(1000) });
  }
});

test("GNU tar lists the same", async ({ directory }) => {
  const file = join(directory, "layer");
  await pack(SMALL_TREE, file);
  const options = { env: { PATH: process.env["PATH"], TZ: "UTC", LC_ALL: "C.UTF-8" } };
  const args = ["--quoting-style=literal", "--numeric-owner", "-tvzf", file];
  const { stdout } = await promisify(execFile)("tar", args, options);
  const line = (mode: string, size: number, name: string) => `${mode} 0/0 ${size} 1970-01-01 00:00 ${name}`;
  expect(stdout.trim().replaceAll(/ +/g, " ").split("\n")).toEqual([
    line("drwxr-xr-x", 0, "nix/"),
    line("drwxr-xr-x", 0, "nix/store/"),
    line("dr-xr-xr-x", 0, "nix/store/a/"),
    line("-r--r--r--", 0, "nix/store/a/empty"),
    line("-r-xr-xr-x", 21, "nix/store/a/hello"),
    line("lrwxrwxrwx", 0, "nix/store/a/link -> hello"),
    line("-r--r--r--", 11, `nix/store/a/${"l".repeat(120)}`),
    line("lrwxrwxrwx", 0, `nix/store/a/long-link -> /nix/store/${"t".repeat(120)}`),
    line("-r--r--r--", 9, "nix/store/a/größe-\u{1F600}"),
    line("drwxrwxrwt", 0, "tmp/"),
  ]);
});

describe("names and link targets of any length and script are kept", () => {
  const names = [
    "x".repeat(99),
    "x".repeat(100),
    "x".repeat(101),
    "x".repeat(255),
    `${"d".repeat(90)}/${"x".repeat(90)}`,
    `${"d/".repeat(150)}x`,
    "é".repeat(60),
    "\u{1F600}",
    "line\nfeed",
    "a b'\"\\",
  ];

  test.for(names)("a file's name %j", async (name, { directory }) => {
    const { tar } = await pack([bytesEntry(name, "abc")], join(directory, "layer"));
    expect((await members(tar)).map(({ header, content }) => [header.name, String(content)])).toEqual([[name, "abc"]]);
  });

  test.for(names)("a link's target %j", async (target, { directory }) => {
    const { tar } = await pack([symlinkEntry("l", target)], join(directory, "layer"));
    expect((await members(tar)).map(({ header }) => [header.name, header.linkname])).toEqual([["l", target]]);
  });
});

describe("a file on disk gives the bytes that it would give from memory", () => {
  test.for([
    ["nothing", 0],
    ["a byte", 1],
    ["a tar block", 512],
    ["a tar block and a byte", 513],
    ["exactly 1 MiB, read at once", MIB],
    ["1 MiB and a byte, streamed", MIB + 1],
    ["several chunks", 3 * MIB + 7],
  ] as const)("%s", async ([, size], { directory }) => {
    const bytes = Buffer.alloc(size, "0123456789");
    const path = join(directory, "file");
    await writeFile(path, bytes);
    const fromDisk = await pack([fileEntry("f", path, size), bytesEntry("g", "next")], join(directory, "layer"));
    const inMemory = { type: "file", name: "f", mode: 0o444, content: { kind: "bytes", bytes } } as const;
    const fromMemory = await pack([inMemory, bytesEntry("g", "next")], join(directory, "layer"));
    expect(fromDisk.record).toEqual(fromMemory.record);
    expect((await members(fromDisk.tar))[0]?.content.equals(bytes)).toBe(true);
  });
});

describe("a tree packed again gives the same digest", () => {
  const tree = { "p/bin/x": { program: "x" }, "p/share/doc": "text", "p/link": { link: "bin/x" } };

  async function packTree(directory: string): Promise<LayerRecord> {
    const entries = storePathEntries([{ path: join(directory, "p"), narSize: 0, references: [] }]);
    return (await pack(entries, join(directory, "layer"))).record;
  }

  test("at another time", async ({ directory }) => {
    await writeTree(directory, tree);
    expect(await packTree(directory)).toEqual(await packTree(directory));
  });

  test("with other times and modes in the file system", async ({ directory }) => {
    await writeTree(directory, tree);
    const before = await packTree(directory);
    for (const name of ["p", "p/bin", "p/bin/x", "p/share/doc"]) await utimes(join(directory, name), 5, 5);
    await chmod(join(directory, "p/share/doc"), 0o600);
    await chmod(join(directory, "p/bin/x"), 0o711);
    await chmod(join(directory, "p/bin"), 0o700);
    expect(await packTree(directory)).toEqual(before);
  });
});
