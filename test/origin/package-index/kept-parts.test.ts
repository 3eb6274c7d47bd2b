import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createKeptParts } from "../../../origin/package-index/kept-parts.ts";
import type { ListedPart } from "../../../origin/package-index/listed-part.ts";
import { packObject } from "../../../origin/index/pack-object.ts";
import { test } from "../fixtures.ts";

const PART: ListedPart = {
  packages: [["git", "2.51", "Version control"]],
  entries: new Map([
    ["git", { kind: "package", attribute: "Git", paths: [`/nix/store/${"0".repeat(32)}-git`] }],
    ["old", { kind: "failed", reason: "removed" }],
  ]),
  sets: new Map([["", ["Git", "old"]]]),
  topLevel: ["Git", "odd name", "old"],
};

test("a part comes back as it was written, also in the next process", async ({ directory }) => {
  await createKeptParts(directory, "k1").write(1000, PART);
  expect(await createKeptParts(directory, "k1").read(1000)).toEqual(PART);
});

test("there is no part of another place or of another index", async ({ directory }) => {
  await createKeptParts(directory, "k1").write(1000, PART);
  expect(await createKeptParts(directory, "k1").read(0)).toBeUndefined();
  expect(await createKeptParts(directory, "k2").read(1000)).toBeUndefined();
});

test("nothing is left on the disk when all parts are removed", async ({ directory }) => {
  const kept = createKeptParts(directory, "k1");
  await kept.write(0, PART);
  await kept.clear();
  expect(await readdir(directory)).toEqual([]);
  await kept.clear();
});

describe("a damaged part counts as missing:", () => {
  const whole = { packages: [], entries: {}, sets: {}, topLevel: [] };
  test.for<[why: string, members: object]>([
    ["a row that is too short", { ...whole, packages: [["git", "1"]] }],
    ["a row that is no text", { ...whole, packages: [["git", "1", 1]] }],
    ["an entry that is none", { ...whole, entries: { git: "yes" } }],
    ["a set that is no list", { ...whole, sets: { "": "git" } }],
    ["attributes that are no texts", { ...whole, topLevel: [1] }],
    ["no attributes", { ...whole, topLevel: undefined }],
  ])("%s", async ([, members], { directory }) => {
    const kept = createKeptParts(directory, "k1");
    await kept.write(0, PART);
    await writeFile(join(directory, "index-k1/part-0"), await packObject({ ...members }));
    expect(await kept.read(0)).toBeUndefined();
  });
});
