import { brotliCompressSync, constants, crc32, gzipSync, zstdCompressSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { easyBufferEncode, initModule } from "node-liblzma/wasm";
import { COMPRESSIONS, type Compression } from "../../../origin/nars/compressions.ts";
import { decompress } from "../../../origin/nars/decompress.ts";
import { rejection } from "../fixtures.ts";

const XZ_PRESET = 1;
/** bzip2 needs its program: `test/system/bzip2-archives.test.ts` has its tests. */
type OwnCompression = Exclude<Compression, "bzip2">;

const COMPRESS: Readonly<Record<OwnCompression, (bytes: Uint8Array) => Uint8Array>> = {
  none: (bytes) => bytes,
  xz: (bytes) => easyBufferEncode(bytes, XZ_PRESET),
  zstd: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};
const OWN = COMPRESSIONS.filter((compression) => compression !== "bzip2");
const COMPRESSED = OWN.filter((compression) => compression !== "none");
/** Text that no compression makes small, and that has more than one chunk. */
const TEXT = Buffer.from(
  Array.from({ length: 90_000 }, (_, index) => Math.imul(index, 0x9e3779b1).toString(36)).join(""),
);

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function unpacked(compression: OwnCompression, bytes: Uint8Array, size = 65_536): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(decompress(compression, cut(bytes, size))));
}

beforeAll(() => initModule());

describe.each(OWN)("%s", (compression) => {
  test.each([7, 4096, 65_536, 10_000_000])("gives the bytes back from chunks of %i bytes", async (size) => {
    const bytes = size === 7 ? TEXT.subarray(0, 20_000) : TEXT;
    expect((await unpacked(compression, COMPRESS[compression](bytes), size)).equals(bytes)).toBe(true);
  });

  test.each([1, 1000, 10_000_000])("goes on with a second member, from chunks of %i bytes", async (size) => {
    const twice = Buffer.concat([
      COMPRESS[compression](Buffer.from("first ")),
      COMPRESS[compression](Buffer.from("second")),
    ]);
    expect((await unpacked(compression, twice, size)).toString()).toBe("first second");
  });

  test("gives the error of its source", async () => {
    async function* failing() {
      yield COMPRESS[compression](TEXT).subarray(0, 100);
      throw new Error("the connection is gone");
    }
    const error = await rejection(Array.fromAsync(decompress(compression, failing())));
    expect(error).toMatchObject({ name: "Error", message: "the connection is gone" });
  });

  test("closes its source when the reader leaves", async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield COMPRESS[compression](TEXT);
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of decompress(compression, source())) break;
    expect(isClosed).toBe(true);
  });
});

describe.each(COMPRESSED)("damaged %s is refused", (compression) => {
  const damaged = `the ${compression} data of an archive is damaged`;

  test.each([1, 5, 30_000])("without the last %i bytes", async (missing) => {
    const bytes = COMPRESS[compression](TEXT);
    expect(await rejection(unpacked(compression, bytes.subarray(0, -missing)))).toMatchObject({
      name: "DecompressionError",
      message: `the ${compression} data of an archive ends early`,
    });
  });

  test("if it is empty", async () => {
    expect(await rejection(unpacked(compression, new Uint8Array()))).toMatchObject({
      message: `the ${compression} data of an archive ends early`,
    });
  });

  test("if it has other bytes behind its end", async () => {
    const bytes = Buffer.concat([COMPRESS[compression](TEXT), Buffer.alloc(100, "junk")]);
    expect(await rejection(unpacked(compression, bytes, 10_000_000))).toMatchObject({ message: damaged });
  });

  test("if it is something else", async () => {
    expect(await rejection(unpacked(compression, Buffer.alloc(100, "nix-archive-1")))).toMatchObject({
      message: damaged,
    });
  });
});

// Brotli has no checksum. The hash of the archive finds such a byte.
test.each(["xz", "zstd", "gzip"] as const)("a flipped byte in %s is refused", async (compression) => {
  const bytes = Buffer.from(COMPRESS[compression](TEXT));
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0x10, middle);
  expect(await rejection(unpacked(compression, bytes))).toMatchObject({ name: "DecompressionError" });
});

test("an xz archive that wants too much memory is refused", async () => {
  const bytes = Buffer.from(COMPRESS.xz(TEXT));
  // The header of the first block ends with LZMA2's number, one byte of options, the dictionary, zeros and a CRC-32:
  // https://tukaani.org/xz/xz-file-format.txt
  const header = 12;
  const checksum = header + bytes.readUInt8(header) * 4;
  const dictionaryOf128MiB = 30;
  bytes.writeUInt8(dictionaryOf128MiB, bytes.indexOf(Buffer.of(0x21, 0x01), header) + 2);
  bytes.writeUInt32LE(crc32(bytes.subarray(header, checksum)), checksum);
  expect(await rejection(unpacked("xz", bytes))).toMatchObject({
    message: "the xz data of an archive needs more than 80 MiB of memory",
  });
});

test("an xz archive gives its memory back when the reader leaves", async () => {
  // This preset takes 9 MiB to decompress. The module has 256 MiB.
  const bytes = easyBufferEncode(TEXT, 6);
  for (let count = 0; count < 60; count++) {
    for await (const chunk of decompress("xz", cut(bytes, 65_536))) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  }
});
