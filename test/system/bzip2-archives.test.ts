import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { decompress } from "../../origin/nars/decompress.ts";
import { rejection } from "../origin/fixtures.ts";
import { cut } from "../origin/nars/nar-bytes.ts";

const TEXT = Buffer.from(Array.from({ length: 90_000 }, (_, index) => index.toString(36)).join(""));
const bzip2 = (bytes: Uint8Array): Buffer => execFileSync("bzip2", ["-c"], { input: bytes });

async function unpacked(bytes: Uint8Array, chunkBytes = 65_536): Promise<string> {
  return Buffer.concat(await Array.fromAsync(decompress("bzip2", cut(bytes, chunkBytes)))).toString();
}

test.each([100, 65_536])("bzip2 gives the bytes back from chunks of %i bytes", async (size) => {
  expect((await unpacked(bzip2(TEXT), size)) === TEXT.toString()).toBe(true);
});

test("streams may follow each other", async () => {
  expect(await unpacked(Buffer.concat([bzip2(Buffer.from("first ")), bzip2(Buffer.from("second"))]))).toBe(
    "first second",
  );
});

describe("damaged bzip2 is refused", () => {
  const archive = bzip2(TEXT);
  test.each([
    ["without its end", archive.subarray(0, -5)],
    ["with a flipped byte", archive.with(1000, (archive[1000] ?? 0) ^ 1)],
    ["if it is something else", Buffer.alloc(1_000_000, "nix")],
  ])("%s", async (_, bytes) => {
    expect(await rejection(unpacked(bytes))).toMatchObject({
      name: "DecompressionError",
      message: "the bzip2 data of an archive is damaged or ends early",
    });
  });
});

test("the error of the source is the error", async () => {
  async function* failing() {
    yield bzip2(TEXT).subarray(0, 100);
    throw new Error("the connection is gone");
  }
  const error = await rejection(Array.fromAsync(decompress("bzip2", failing())));
  expect(error).toMatchObject({ name: "Error", message: "the connection is gone" });
});

test("the program ends when the reader leaves", async () => {
  let isClosed = false;
  async function* source() {
    try {
      for (;;) yield bzip2(TEXT);
    } finally {
      isClosed = true;
    }
  }
  for await (const chunk of decompress("bzip2", source())) if (chunk.length > 0) break;
  await expect.poll(() => isClosed).toBe(true);
});
