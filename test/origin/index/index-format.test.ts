import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { INDEX_FORMAT, packObject, unpackObject } from "../../../origin/index/index-format.ts";

test("an object comes back as it was written, and begins with its version", async () => {
  const object = await unpackObject(await packObject({ digits: 2 }));
  expect(object?.members).toEqual({ version: INDEX_FORMAT, digits: 2 });
  expect(Object.keys(object?.members ?? {})[0]).toBe("version");
});

test("equal members give equal bytes", async () => {
  expect(await packObject({ a: [1] })).toEqual(await packObject({ a: [1] }));
});

test.each<[why: string, bytes: Uint8Array]>([
  ["no bytes", Buffer.of()],
  ["not compressed", Buffer.from('{"version":1}')],
  ["cut", gzipSync('{"version":1}').subarray(0, 20)],
  ["no object", gzipSync("[1]")],
  ["no JSON", gzipSync("{")],
  ["another version", gzipSync(`{"version":${INDEX_FORMAT + 1}}`)],
  [
    "too long",
    gzipSync(Buffer.concat([Buffer.from('{"version":1,"x":"'), Buffer.alloc(140_000_000, 120), Buffer.from('"}')])),
  ],
])("bytes of an object that is damaged or of another version count as missing: %s", async (_, bytes) => {
  expect(await unpackObject(bytes)).toBeUndefined();
});
