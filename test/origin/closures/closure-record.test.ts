import { describe, expect, test } from "vitest";
import { closureRecordJson, parseClosureRecord } from "../../../origin/closures/closure-record.ts";
import type { KnownPath } from "../../../origin/closures/known-path.ts";
import { walkClosure } from "../../../origin/closures/walk-closure.ts";
import { pathOf } from "../caches/signed-path.ts";

const [A, B, C] = [pathOf("a-1.0", 1), pathOf("b", 2), pathOf("c", 3)];
const HASH = "a".repeat(64);
const CLOSURE: readonly KnownPath[] = [
  { path: A, narSize: 3, narHash: HASH, references: [A, B] },
  { path: B, narSize: 0, narHash: undefined, references: [] },
];

test("a closure comes back from its record", () => {
  expect(parseClosureRecord(JSON.parse(JSON.stringify(closureRecordJson(CLOSURE))))).toEqual(CLOSURE);
});

test.each([
  ["with a key", { address: "https://cache.example", key: "cache.example-1" }],
  ["without a key", { address: "file:///cache", key: undefined }],
])("a record tells the cache of each path, %s", (_, cache) => {
  const closure = CLOSURE.map((path, place) => (place === 0 ? { ...path, cache } : path));
  expect(parseClosureRecord(JSON.parse(JSON.stringify(closureRecordJson(closure))))).toEqual(closure);
});

test("a closure that lacks a reference has no record", () => {
  expect(() => closureRecordJson(CLOSURE.slice(0, 1))).toThrow(B);
});

describe("a record counts as missing", () => {
  const row = [A.slice("/nix/store/".length), 3, HASH, [0]];
  test.each<[string, unknown]>([
    ["if it is nothing", undefined],
    ["of another version", { version: 2, paths: [row] }],
    ["without paths", { version: 1, paths: [] }],
    ["with a path that is none", { version: 1, paths: [["../etc", 3, HASH, []]] }],
    ["with a negative size", { version: 1, paths: [[row[0], -1, HASH, []]] }],
    ["with a hash that is none", { version: 1, paths: [[row[0], 3, "x", []]] }],
    ["with a reference to nothing", { version: 1, paths: [[row[0], 3, HASH, [1]]] }],
    ["with a reference that is no place", { version: 1, paths: [[row[0], 3, HASH, ["0"]]] }],
    ["without references", { version: 1, paths: [[row[0], 3, HASH]] }],
    ["with one row that is none", { version: 1, paths: [row, 7] }],
  ])("%s", (_, value) => {
    expect(parseClosureRecord(value)).toBeUndefined();
  });

  test("but not otherwise", () => {
    expect(parseClosureRecord({ version: 1, paths: [row] })).toHaveLength(1);
  });

  test.each([
    ["that is not in the list", [], 0],
    ["that is malformed", [["https://cache.example", 1]], 0],
    ["that is no place", [["https://cache.example", ""]], "0"],
  ])("and not because of a cache %s", (_, caches, place) => {
    const [path] = parseClosureRecord({ version: 1, caches, paths: [[...row, place]] }) ?? [];
    expect(path).toEqual({ path: A, narSize: 3, narHash: HASH, references: [A] });
  });
});

describe("the closure of a root", () => {
  const paths: Readonly<Record<string, readonly string[]>> = { [A]: [B], [B]: [A, B], [C]: [A, pathOf("gone", 4)] };
  const known = new Map(
    Object.entries(paths).map(([path, references]) => [path, { path, narSize: 1, narHash: HASH, references }]),
  );

  test("has all paths that it needs, sorted, also if they need each other", () => {
    expect(walkClosure(A, known)?.map(({ path }) => path)).toEqual([A, B]);
    expect(walkClosure(B, known)?.map(({ path }) => path)).toEqual([A, B]);
  });

  test("is not there if a path is not known", () => {
    expect(walkClosure(C, known)).toBeUndefined();
  });
});
