import { expect, test } from "vitest";
import { INDEX_FORMAT, unpackObject, unpackSmall } from "../../../image/names/index-format.ts";
import { gzip } from "../../../image/compression/gzip.ts";

const encoded = (text: string) => new TextEncoder().encode(text);
const packed = (text: string) => gzip(encoded(text));
const sized = (mebibytes: number) => `{"version":1,"x":"${"x".repeat(mebibytes * 1_048_576)}"}`;

test("an object is its members, and the bytes of its text", async () => {
  const text = '{"version":1,"name":"ä"}';
  const expected = { members: { version: INDEX_FORMAT, name: "ä" }, length: encoded(text).length };
  for (const unpack of [unpackObject, unpackSmall]) expect(await unpack(await packed(text))).toEqual(expected);
});

test.each<[why: string, bytes: Promise<Uint8Array>]>([
  ["no bytes", Promise.resolve(Uint8Array.of())],
  ["not compressed", Promise.resolve(encoded('{"version":1}'))],
  ["cut", packed('{"version":1}').then((bytes) => bytes.subarray(0, 20))],
  ["no object", packed("[1]")],
  ["no JSON", packed("{")],
  ["another version", packed(`{"version":${INDEX_FORMAT + 1}}`)],
  ["no version", packed("{}")],
])("bytes of an object that is damaged or of another version count as missing: %s", async (_, bytes) => {
  expect([await unpackObject(await bytes), await unpackSmall(await bytes)]).toEqual([undefined, undefined]);
});

test("a meta, a shard or an own entry may not become as many bytes as a larger object", async () => {
  const large = await packed(sized(4));
  expect(await unpackSmall(await packed(sized(3)))).toBeDefined();
  expect(await unpackSmall(large)).toBeUndefined();
  expect(await unpackObject(large)).toBeDefined();
});
