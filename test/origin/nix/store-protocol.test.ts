import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { readGreeting, readPathInfos, readPaths, texts } from "../../../origin/nix/store-protocol.ts";
import { numberBytes, textBytes } from "../../../origin/nars/wire-format.ts";
import { rejection } from "../fixtures.ts";
import { oldPathInfos, pathInfos } from "./fake-nix.ts";

const GIT = {
  path: "/nix/store/00000000000000000000000000000000-git-2.51.0",
  narSize: 12,
  references: [],
  narHash: "0123456789abcdef".repeat(4),
  signers: ["cache.nixos.org-1", "other-1"],
};
const BASH = {
  path: "/nix/store/11111111111111111111111111111111-bash-5.3",
  narSize: 34,
  references: [GIT.path, "/nix/store/11111111111111111111111111111111-bash-5.3"],
  narHash: "a".repeat(64),
  derivation: "/nix/store/22222222222222222222222222222222-bash-5.3.drv",
  signers: [],
};

/** The versions 2.3 and 2.4 of the protocol. */
const [OLD, NEW] = [0x203, 0x204];

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
  expect(await readPathInfos(reader(pathInfos(paths)), NEW)).toEqual(paths);
});

test("an old Nix tells neither hash nor signatures, so nobody knows where a path comes from", async () => {
  const { path, narSize, references } = BASH;
  expect(await readPathInfos(reader(oldPathInfos([BASH])), OLD)).toEqual([{ path, narSize, references }]);
});

test.each([
  [0x203, 0x203],
  [0x204, 0x204],
  [0x207, 0x204],
])("with a Nix of the version %i, both sides speak %i", async (version, spoken) => {
  const greeting = Buffer.concat([numberBytes(0x5452eecb), numberBytes(version)]);
  expect(await readGreeting(reader(greeting))).toBe(spoken);
});

test.each([
  ["a file that was added", "", "fixed:r:sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s"],
  ["a download of a fixed hash", BASH.derivation, "fixed:sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s"],
  ["an output whose derivation is unknown", "unknown-deriver", ""],
])("%s does not count as built", async (_, deriver, contentAddress) => {
  const info = [textBytes(GIT.path), textBytes(deriver), texts([]), numberBytes(0), numberBytes(1)];
  const bytes = Buffer.concat([...info, textBytes(""), textBytes(contentAddress), texts([]), textBytes("")]);
  const [described] = await readPathInfos(reader(bytes), NEW);
  expect(described).toEqual({ path: GIT.path, narSize: 1, references: [], signers: [] });
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
    expect(await refusalOf(readPathInfos(reader(outside), NEW))).toContain('unexpected: "/etc"');
  });

  test("an end in the middle", async () => {
    const bytes = pathInfos([BASH]);
    for (let length = 0; length < bytes.length; length += 8) {
      expect(await refusalOf(readPathInfos(reader(bytes.subarray(0, length)), NEW))).toBe("Error: the end");
    }
  });
});
