import { describe, expect, it, test } from "vitest";
import { gunzip, gzip } from "../../../image/compression/gzip.ts";
import { bytesOf } from "../../../image/tar/byte-string.ts";

it.each([[""], ["x"], ["text ".repeat(10_000)]])("gives the same bytes back: %#", async (text) => {
  expect(await gunzip(await gzip(bytesOf(text)), text.length)).toEqual(bytesOf(text));
});

test("a body that is small and becomes huge is refused", async () => {
  const bomb = await gzip(new Uint8Array(1_000_000));
  expect(bomb.length).toBeLessThan(2000);
  expect(await gunzip(bomb, 1_000_000)).toHaveLength(1_000_000);
  expect(await gunzip(bomb, 999_999)).toBeUndefined();
});

describe("a damaged body is refused", () => {
  test.each<[string, (body: Uint8Array) => Uint8Array]>([
    ["empty", () => new Uint8Array()],
    ["no gzip", () => bytesOf("text")],
    ["cut off", (body) => body.subarray(0, -1)],
    ["with a flipped bit", (body) => body.map((byte, index) => (index === 15 ? byte ^ 1 : byte))],
    ["with bytes after its end", (body) => Uint8Array.of(...body, 1)],
  ])("%s", async (_, damage) => {
    expect(await gunzip(damage(await gzip(bytesOf("the text of a record"))), 1000)).toBeUndefined();
  });
});
