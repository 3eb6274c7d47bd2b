import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { extract, type Header } from "tar-stream";
import { describe, expect } from "vitest";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { tarHeader } from "../../../image/tar/tar-header.ts";
import { TarSource } from "../../../origin/packing/tar-source.ts";
import { test } from "../fixtures.ts";
import { MIB } from "./packing.ts";
import { bytesEntry, fileEntry, hardlinkEntry, SMALL_TREE, symlinkEntry } from "../../image/tar/entries.ts";

function tarOf(entries: readonly TarEntry[]): Buffer {
  const slab = Buffer.alloc(MIB);
  return slab.subarray(0, Number(new TarSource([{ entries: () => entries, isLast: true }]).read(slab)));
}

async function members(tar: Buffer): Promise<{ header: Header; content: Buffer }[]> {
  const found: { header: Header; content: Buffer }[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    found.push({ header: entry.header, content: await buffer(entry) });
  }
  return found;
}

async function gnuTar(directory: string, tar: Buffer, ...options: string[]): Promise<string[]> {
  const file = join(directory, "a.tar");
  await writeFile(file, tar);
  const env = { PATH: process.env["PATH"], TZ: "UTC", LC_ALL: "C.UTF-8" };
  const args = ["--quoting-style=literal", "--numeric-owner", "--full-time", ...options, "-f", file];
  const { stdout } = await promisify(execFile)("tar", args, { env, encoding: "latin1" });
  return stdout.trimEnd().replaceAll(/ +/g, " ").split("\n");
}

test("tar-stream reads every field", async () => {
  const fields = (await members(tarOf(SMALL_TREE))).map(({ header, content }) => [
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
    ["link", "nix/store/a/hello2", 0o555, "nix/store/a/hello", ""],
    ["symlink", "nix/store/a/link", 0o777, "hello", ""],
    ["file", `nix/store/a/${"l".repeat(120)}`, 0o444, null, "a long name"],
    ["link", "nix/store/a/long-hard", 0o444, `nix/store/a/${"l".repeat(120)}`, ""],
    ["symlink", "nix/store/a/long-link", 0o777, `/nix/store/${"t".repeat(120)}`, ""],
    ["file", "nix/store/a/größe-\u{1F600}", 0o444, null, "not ASCII"],
    ["directory", "tmp/", 0o1777, null, ""],
  ]);
});

test("owner, group and time are the same for all members", async () => {
  for (const { header } of await members(tarOf(SMALL_TREE))) {
    expect(header).toMatchObject({ uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(1000) });
  }
});

test("GNU tar lists the same", async ({ directory }) => {
  const latin1 = (text: string) => Buffer.from(text).toString("latin1");
  const line = (mode: string, size: number, name: string) => `${mode} 0/0 ${size} 1970-01-01 00:00:01 ${name}`;
  expect(await gnuTar(directory, tarOf(SMALL_TREE), "-tv")).toEqual([
    line("drwxr-xr-x", 0, "nix/"),
    line("drwxr-xr-x", 0, "nix/store/"),
    line("dr-xr-xr-x", 0, "nix/store/a/"),
    line("-r--r--r--", 0, "nix/store/a/empty"),
    line("-r-xr-xr-x", 21, "nix/store/a/hello"),
    line("hr-xr-xr-x", 0, "nix/store/a/hello2 link to nix/store/a/hello"),
    line("lrwxrwxrwx", 0, "nix/store/a/link -> hello"),
    line("-r--r--r--", 11, `nix/store/a/${"l".repeat(120)}`),
    line("hr--r--r--", 0, `nix/store/a/long-hard link to nix/store/a/${"l".repeat(120)}`),
    line("lrwxrwxrwx", 0, `nix/store/a/long-link -> /nix/store/${"t".repeat(120)}`),
    line("-r--r--r--", 9, latin1("nix/store/a/größe-\u{1F600}")),
    line("drwxrwxrwt", 0, "tmp/"),
  ]);
});

describe("names and link targets of any length and script are kept", () => {
  const names = [
    ...[99, 100, 101, 255, 256, 3000].map((length) => "x".repeat(length)),
    `${"d".repeat(90)}/${"x".repeat(90)}`,
    `${"d".repeat(155)}/${"x".repeat(100)}`,
    `${"d".repeat(156)}/${"x".repeat(100)}`,
    `${"d".repeat(155)}/${"x".repeat(101)}`,
    `${"d/".repeat(150)}x`,
    "é".repeat(60),
    "\u{1F600}",
    "line\nfeed",
    "a b'\"\\=",
    // A pax record begins with its length, which includes the digits of the length: 9 to 10, 99 to 100, 999 to 1000.
    ...[985, 986, 987, 988, 989, 990, 991].map((length) => "p".repeat(length)),
  ];

  test.for(names)("a file's name %j", async (name) => {
    const found = await members(tarOf([bytesEntry(name, "abc"), bytesEntry("next", "")]));
    expect(found.map(({ header, content }) => [header.name, String(content)])).toEqual([
      [name, "abc"],
      ["next", ""],
    ]);
  });

  test.for(names)("a link's target %j", async (target) => {
    const found = await members(tarOf([symlinkEntry("l", target), hardlinkEntry("h", target), bytesEntry("next", "")]));
    expect(found.map(({ header }) => [header.name, header.linkname])).toEqual([
      ["l", target],
      ["h", target],
      ["next", null],
    ]);
  });

  test("a directory's name, which is not split at its last slash", async () => {
    const name = `${"d".repeat(150)}/`;
    const found = await members(tarOf([{ type: "directory", name, mode: 0o555 }]));
    expect(found.map(({ header }) => [header.name, header.type])).toEqual([[name, "directory"]]);
  });

  test("bytes that are no UTF-8, by GNU tar", async ({ directory }) => {
    const name = "caf\u00e9\u00ff".repeat(30);
    const entry = { type: "symlink", name, target: "\u00fe" } as const;
    expect(await gnuTar(directory, tarOf([entry]), "-t")).toEqual([name]);
  });
});

test("a size beyond eleven octal digits is read back", async () => {
  const size = 9 * 1024 ** 3;
  const { promise: header, resolve } = Promise.withResolvers<Header>();
  // The content never comes, so the test does not wait for the tar's end.
  extract()
    .on("entry", resolve)
    .write(tarHeader(fileEntry("f", "/f", size)));
  expect((await header).size).toBe(size);
});
