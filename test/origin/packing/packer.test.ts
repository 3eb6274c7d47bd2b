import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { Layer } from "../../../image/layers/layer.ts";
import { createPacker, type Packer } from "../../../origin/packing/packer.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { writeTree } from "../fixtures.ts";
import { MIB, NEVER, pack, storePaths, test } from "./packing.ts";
import { bytesEntry, fileEntry, SMALL_TREE } from "../../image/tar/entries.ts";

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function entryOf(bytes: Uint8Array): TarEntry {
  return { type: "file", name: "f", mode: 0o444, content: { kind: "bytes", bytes } };
}

/** Lines of text around random bytes. An encoder may divide them into blocks in more than one way. */
function mixedBytes(): Buffer {
  const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index} of ${(index * 7919) % 1000}\n`).join("");
  return Buffer.concat([Buffer.from(lines), patternedBytes(200_000), Buffer.from(lines)]);
}

/** Bytes that compress a little, and are the same on every machine. */
function patternedBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0, state = 1; index < size; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
    bytes[index] = (state >> 16) & 15;
  }
  return bytes;
}

describe("the bytes of a layer are fixed for ever", () => {
  // If these must change, raise FORMAT_VERSION in image/layers/format-version.ts. The layers of older code stay in
  // stores and caches under the old version.
  const diffId = "sha256:34f9301c604be62324a702cd35d6f6f0aa0a54cacea44687287f48c852384872";
  const golden = {
    gzip: { digest: "sha256:55922c05341a44748e0aa3562edd67ec1c20ac128f7e6d295314699a77d57e99", diffId, size: 521 },
    zstd: { digest: "sha256:f23ad6e6cf91e40420f5415fb82b8bd7e2b7986dda721fa1c49468754a81ada0", diffId, size: 450 },
  };
  const large = {
    gzip: "sha256:3da3bacfaaf9749ff08746f30b17eb36e12cee4b35190992a861f03036332238",
    zstd: "sha256:e9bda9810c74ba082f206f87aa472bfd60f64e40faa6b9f856c0e3b99318022a",
  };

  const mixed = {
    gzip: "sha256:a33a3333a5180c257b38a2a54f178970390c67a11ecea55136c61c2d81097001",
    zstd: "sha256:9a1759f7de5d89c9e1fcad3388c565d08fe4b6b7e6bc86a07076955d8b3b3569",
  };

  for (const compression of ["gzip", "zstd"] as const) {
    test(`of a small layer, with ${compression}`, async ({ directory }) => {
      const packer = createPacker({ compressors: 1, compression });
      const { record } = await pack(packer, SMALL_TREE, join(directory, "layer"), compression);
      await packer.close();
      expect(record).toEqual(golden[compression]);
    });

    test(`of a layer with mixed content, with ${compression}`, async ({ directory }) => {
      const packer = createPacker({ compressors: 1, compression });
      const { record } = await pack(packer, [entryOf(mixedBytes())], join(directory, "layer"), compression);
      await packer.close();
      expect(record.digest).toBe(mixed[compression]);
    });

    test.for([1, 2, 3, 7])(
      `of one of many members, with ${compression} and %i threads`,
      async (compressors, { directory }) => {
        const packer = createPacker({ compressors, compression });
        const content = [entryOf(patternedBytes(9 * MIB))];
        const { record, compressed, tar } = await pack(packer, content, join(directory, "layer"), compression);
        await packer.close();
        expect(record).toEqual({ digest: sha256(compressed), diffId: sha256(tar), size: compressed.length });
        expect(record.digest).toBe(large[compression]);
      },
    );
  }
});

test("an empty layer is an empty tar", async ({ directory, packer }) => {
  const { tar } = await pack(packer, [], join(directory, "layer"));
  expect(tar).toEqual(Buffer.alloc(1024));
});

test("no member's header holds time, name or operating system", async ({ directory, packer }) => {
  const { compressed } = await pack(packer, SMALL_TREE, join(directory, "layer"));
  expect(compressed.subarray(0, 10).toString("hex")).toMatch(/^1f8b08000000000000ff$/);
});

test("digest, diffID and size are those of the bytes", async ({ directory, packer }) => {
  const { record, compressed, tar } = await pack(packer, SMALL_TREE, join(directory, "layer"));
  expect(record).toEqual({ digest: sha256(compressed), diffId: sha256(tar), size: compressed.length });
});

describe("a file on disk gives the bytes that it would give from memory", () => {
  test.for([
    ["nothing", 0],
    ["a byte", 1],
    ["a tar block", 512],
    ["a tar block and a byte", 513],
    ["a file that fills a member together with its header", MIB - 512],
    ["one byte more", MIB - 511],
    ["a file that fills a member together with header and trailer", MIB - 1536],
    ["several members", 3 * MIB + 7],
  ] as const)("%s", async ([, size], { directory, packer }) => {
    const bytes = Buffer.alloc(size, "0123456789");
    const path = join(directory, "file");
    await writeFile(path, bytes);
    const fromDisk = await pack(packer, [fileEntry("f", path, size), bytesEntry("g", "next")], join(directory, "1"));
    const inMemory = { type: "file", name: "f", mode: 0o444, content: { kind: "bytes", bytes } } as const;
    const fromMemory = await pack(packer, [inMemory, bytesEntry("g", "next")], join(directory, "2"));
    expect(fromDisk.record).toEqual(fromMemory.record);
    expect(fromDisk.tar.subarray(512, 512 + size).equals(bytes)).toBe(true);
  });
});

test("GNU tar unpacks the same tree, and files with the same bytes are hard links", async ({ directory, packer }) => {
  const text = "x".repeat(5000);
  const tree = {
    "bin/x": { program: text },
    "doc/1": text,
    "doc/2": text,
    "lib/x": { program: text },
    l: { link: "doc/2" },
  };
  await writeTree(join(directory, "p"), tree);
  await mkdir(join(directory, "out"));
  const { tar } = await pack(packer, storePaths([join(directory, "p")]), join(directory, "layer"));
  await writeFile(join(directory, "tar"), tar);
  await promisify(execFile)("tar", ["--extract", "--file", "tar", "--directory", "out"], { cwd: directory });
  const unpacked = join(directory, "out", directory, "p");
  await promisify(execFile)("diff", ["--recursive", "--no-dereference", join(directory, "p"), unpacked]);
  const inode = async (name: string) => (await stat(join(unpacked, name))).ino;
  expect([await inode("doc/2"), await inode("lib/x")]).toEqual([await inode("doc/1"), await inode("bin/x")]);
  expect(await inode("doc/1")).not.toBe(await inode("bin/x"));
});

describe("a tree that is packed again gives the same digest", () => {
  const tree = { "p/bin/x": { program: "x" }, "p/share/doc": "text", "p/link": { link: "bin/x" } };
  let packed = 0;

  async function packTree(packer: Packer, directory: string): Promise<Layer> {
    const content = storePaths([join(directory, "p")]);
    return (await pack(packer, content, join(directory, `layer-${(packed += 1)}`))).record;
  }

  test("at another time", async ({ directory, packer }) => {
    await writeTree(directory, tree);
    expect(await packTree(packer, directory)).toEqual(await packTree(packer, directory));
  });

  test("with other times and modes in the file system", async ({ directory, packer }) => {
    await writeTree(directory, tree);
    const before = await packTree(packer, directory);
    for (const name of ["p", "p/bin", "p/bin/x", "p/share/doc"]) await utimes(join(directory, name), 5, 5);
    await chmod(join(directory, "p/share/doc"), 0o600);
    await chmod(join(directory, "p/bin/x"), 0o711);
    await chmod(join(directory, "p/bin"), 0o700);
    expect(await packTree(packer, directory)).toEqual(before);
  });
});

test("many layers at once have the same bytes as alone", async ({ directory, packer }) => {
  const entries = Array.from({ length: 40 }, (_, index) => [bytesEntry("f", String(index).repeat(index * 50_000))]);
  const together = await Promise.all(entries.map((list, index) => pack(packer, list, join(directory, `a${index}`))));
  for (const [index, list] of entries.entries()) {
    expect(together[index]?.record).toEqual((await pack(packer, list, join(directory, `b${index}`))).record);
  }
});

test("a process ends by itself although it never used its packer", async () => {
  const packer = new URL("../../../origin/packing/packer.ts", import.meta.url).href;
  const lines = [
    `import { createPacker } from "${packer}";`,
    'createPacker({ compressors: 2, compression: "gzip" });',
    // This is longer than threads need to start.
    "await new Promise((resolve) => setTimeout(resolve, 2000));",
  ];
  const options = { timeout: 20_000 };
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", lines.join("\n")], options);
});

test("a closed packer starts again when it is needed", async ({ directory }) => {
  const packer = createPacker({ compressors: 1, compression: "gzip" });
  await packer.close();
  await packer.pack({ kind: "entries", entries: SMALL_TREE }, join(directory, "layer"), NEVER);
  await packer.close();
  expect(await readdir(directory)).toEqual(["layer"]);
});
