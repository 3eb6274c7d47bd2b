import { dirname } from "node:path";
import { expect, it } from "vitest";
import { joinRooms, relativeImports } from "../../../bench/structure/imports.ts";

it("reads imports of values, of types, of several lines, without names and at run time", () => {
  const source = `import { a } from "./a.ts";
import type { B } from "../b/b.ts";
import {
  c,
} from "./c.tsx";
import "../d.ts";
export * from "./e.ts";
const f = await import("./f.ts");
import { join } from "node:path";
`;
  expect(relativeImports(source, "x/y")).toEqual([
    "x/y/a.ts",
    "x/b/b.ts",
    "x/y/c.tsx",
    "x/d.ts",
    "x/y/e.ts",
    "x/y/f.ts",
  ]);
});

it("joins files to rooms, and leaves imports within a room out", () => {
  const files = new Map([
    ["a/1.ts", ["a/2.ts", "b/1.ts"]],
    ["a/2.ts", ["b/1.ts", "c/1.ts"]],
    ["b/1.ts", []],
    ["c/1.ts", ["c/1.ts"]],
  ]);
  expect([...joinRooms(files, dirname)]).toEqual([
    ["a", ["b", "c"]],
    ["b", []],
    ["c", []],
  ]);
});
