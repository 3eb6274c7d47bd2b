import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { readGreeting, readPathInfos, readPaths, texts } from "../../../origin/nix/store-protocol.ts";
import { numberBytes, textBytes } from "../../../origin/nars/wire-format.ts";
import { rejection } from "../fixtures.ts";
import { pathInfos } from "./fake-nix.ts";

const GIT = { path: "/nix/store/00000000000000000000000000000000-git-2.51.0", narSize: 12, references: [] };
const BASH = {
  path: "/nix/store/11111111111111111111111111111111-bash-5.3",
  narSize: 34,
  references: [GIT.path, "/nix/store/11111111111111111111111111111111-bash-5.3"],
};

/** Reads from bytes, and throws at their end. */
function reader(bytes: Uint8Array) {
  let at = 0;
  return async (count: number) => {
    if (at + count > bytes.length) throw new Error("the end");
    at += count;
    return Buffer.from(bytes.subarray(at - count, at));
  };
}

const refusalOf = async (work: Promise<unknown>) => String(await rejection(work));

test.each([
  ["no path", []],
  ["a path without references", [GIT]],
  ["a path with references", [BASH]],
  ["paths one after another", [BASH, GIT, BASH]],
])("the reader gives %s", async (_, paths) => {
  expect(await readPathInfos(reader(pathInfos(paths)))).toEqual(paths);
});

test("a string is filled up with zeros", () => {
  expect([...textBytes("äb")]).toEqual([3, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0xa4, 0x62, 0, 0, 0, 0, 0]);
  expect(textBytes("12345678")).toHaveLength(16);
});

describe("the reader refuses", () => {
  test("another greeting", async () => {
    expect(await refusalOf(readGreeting(reader(numberBytes(1))))).toContain("something unexpected: 1");
  });

  test.each([
    ["a path outside of the store", texts(["/etc"])],
    ["no path", texts([""])],
    ["a string that is too long", texts(["/".repeat(5000)])],
    ["too many strings", numberBytes(1_000_001)],
    ["a number that is too large", Buffer.alloc(8, 0xff)],
  ])("%s", async (_, bytes) => {
    expect(await refusalOf(readPaths(reader(bytes)))).toContain("answered with something unexpected");
  });

  test("a path of an answer that is outside of the store", async () => {
    const outside = pathInfos([{ ...GIT, references: ["/etc"] }]);
    expect(await refusalOf(readPathInfos(reader(outside)))).toContain('unexpected: "/etc"');
  });

  test("an end in the middle", async () => {
    const bytes = pathInfos([BASH]);
    for (let length = 0; length < bytes.length; length += 8) {
      expect(await refusalOf(readPathInfos(reader(bytes.subarray(0, length))))).toBe("Error: the end");
    }
  });
});
