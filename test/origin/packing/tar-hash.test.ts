import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PARENT_ENTRIES } from "../../../origin/packing/store-path-entries.ts";
import { TarHash } from "../../../origin/packing/tar-hash.ts";
import { tarHeader } from "../../../image/tar/tar-header.ts";

const PARENTS = Buffer.concat(PARENT_ENTRIES.map(tarHeader));
const SECTION = Buffer.from("section");

function sha256(...pieces: readonly (Buffer | string)[]): string {
  return createHash("sha256")
    .update(Buffer.concat(pieces.map((piece) => Buffer.from(piece))))
    .digest("hex");
}

function fed(...pieces: readonly (Buffer | string)[]): TarHash {
  const hash = new TarHash();
  for (const piece of pieces) hash.update(Buffer.from(piece));
  return hash;
}

describe("a section's hash is the same wherever it is", () => {
  test.each([
    ["after the parent directories", [PARENTS]],
    ["after other paths", [PARENTS, "others"]],
    ["at the beginning", []],
  ])("%s", (_, before) => {
    const hash = fed(...before);
    hash.beginApart();
    for (const byte of SECTION) hash.update(Uint8Array.of(byte));
    expect(hash.endApart()).toBe(sha256(PARENTS, SECTION));
    hash.update(Buffer.from("after"));
    expect(hash.digest()).toBe(sha256(...before, SECTION, "after"));
  });
});

test.each([
  ["after the parent directories", [PARENTS]],
  ["after other paths", [PARENTS, "others"]],
])("a section %s may come again with other bytes", (_, before) => {
  const hash = fed(...before);
  hash.beginApart();
  hash.update(Buffer.from("old bytes"));
  hash.endApart();
  hash.rewindApart();
  hash.update(SECTION);
  expect(hash.endApart()).toBe(sha256(PARENTS, SECTION));
  hash.beginApart();
  hash.update(Buffer.from("next"));
  expect(hash.endApart()).toBe(sha256(PARENTS, "next"));
  expect(hash.digest()).toBe(sha256(...before, SECTION, "next"));
});

test("a section cannot come again before it came once", () => {
  expect(() => fed(PARENTS).rewindApart()).toThrow("no section was begun");
});
