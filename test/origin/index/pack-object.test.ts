import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { INDEX_FORMAT, unpackObject } from "../../../image/names/index-format.ts";
import { packObject } from "../../../origin/index/pack-object.ts";

test("an object comes back as it was written, and begins with its version", async () => {
  const object = await unpackObject(await packObject({ digits: 2 }));
  expect(object?.members).toEqual({ version: INDEX_FORMAT, digits: 2 });
  expect(Object.keys(object?.members ?? {})[0]).toBe("version");
});

test("equal members give equal bytes", async () => {
  expect(await packObject({ a: [1] })).toEqual(await packObject({ a: [1] }));
});

test("an object whose text is too long counts as missing", async () => {
  const text = Buffer.concat([Buffer.from('{"version":1,"x":"'), Buffer.alloc(140_000_000, "x"), Buffer.from('"}')]);
  expect(await unpackObject(gzipSync(text, { level: 1 }))).toBeUndefined();
});
