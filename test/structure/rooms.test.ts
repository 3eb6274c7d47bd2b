import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { joinRooms, readImports } from "../../bench/structure/imports.ts";
import { findLoops } from "../../bench/structure/loops.ts";
import { ROOMS } from "../../oxlint.rooms.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const TABLE = new Map(Object.entries(ROOMS));

const { stdout } = await promisify(execFile)("git", ["ls-files"], { cwd: REPOSITORY });
const sources = stdout.split("\n").filter((file) => /^(?!test\/|bench\/)[^/]+\/.*(?<!\.d)\.tsx?$/.test(file));
const imports = joinRooms(readImports(REPOSITORY, sources), dirname);

describe("the table of rooms", () => {
  it("has every folder with sources, and no other", () => {
    expect([...imports.keys()].toSorted()).toEqual([...TABLE.keys()].toSorted());
  });

  it("names rooms that are there, and has no loop", () => {
    expect([...TABLE.values()].flat().filter((room) => !TABLE.has(room))).toEqual([]);
    expect(findLoops(TABLE)).toEqual([]);
  });

  // The linter does not see imports at run time.
  it.each([...TABLE])("allows what %s imports, and nothing else", (room, allowed) => {
    const imported = imports.get(room)?.filter((other) => other !== "protocol");
    expect(imported?.toSorted()).toEqual([...allowed].toSorted());
  });
});

it("each folder says what it is for", async () => {
  const { stdout: readmes } = await promisify(execFile)("git", ["ls-files", "*README.md"], { cwd: REPOSITORY });
  const folders = new Set(readmes.split("\n").map((file) => dirname(file)));
  expect([...TABLE.keys()].filter((room) => !folders.has(room))).toEqual([]);
});
