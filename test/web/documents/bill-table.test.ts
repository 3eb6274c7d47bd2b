import { describe, expect, test } from "vitest";
import type { BillRow } from "../../../web/documents/bill.ts";
import { type BillColumn, countLicenses, findRows, listRows, sortRows } from "../../../web/documents/bill-table.ts";

function row(name: string, facts: Partial<BillRow> = {}): BillRow {
  const path = `/nix/store/${name}`;
  const unknown = { version: undefined, size: undefined, purl: undefined, homepage: undefined };
  return { name, licenses: [], layers: [], path, ...unknown, ...facts };
}

const ROWS = listRows(
  [
    row("git", { version: "2.9", licenses: ["GPL-2.0-only"], layers: ["b", "a"], size: 30 }),
    row("Zlib", { version: "2.10", licenses: ["Zlib", "MIT"], layers: ["c"], size: 9 }),
    row("curl", { licenses: ["MIT"], layers: ["b"], size: 100, purl: "pkg:nix/nixpkgs/curl" }),
    row("libc6", { version: "1:2.41", path: undefined, layers: ["unknown"] }),
    row("bare"),
  ],
  ["a", "b", "c"],
);
const namesOf = (rows: readonly BillRow[]) => rows.map(({ name }) => name);

test("a row has the places of its layers, in order, as far as the manifest has them", () => {
  expect(ROWS.map(({ places }) => places)).toEqual([[0, 1], [2], [1], [], []]);
});

describe("a search", () => {
  test.each([
    ["", undefined, ["git", "Zlib", "curl", "libc6", "bare"]],
    ["GIT", undefined, ["git"]],
    ["2.10", undefined, ["Zlib"]],
    ["mit  nixpkgs", undefined, ["curl"]],
    ["/nix/store/bare", undefined, ["bare"]],
    ["(", undefined, []],
    ["", "MIT", ["Zlib", "curl"]],
    ["zlib", "MIT", ["Zlib"]],
    ["", "", ["bare"]],
  ])("for %j with the license %j", (query, license, names) => {
    expect(namesOf(findRows(ROWS, query, license))).toEqual(names);
  });
});

describe("the order", () => {
  test.each<[BillColumn, string[], string[]]>([
    ["name", ["bare", "curl", "git", "libc6", "Zlib"], ["Zlib", "libc6", "git", "curl", "bare"]],
    ["version", ["libc6", "git", "Zlib", "curl", "bare"], ["Zlib", "git", "libc6", "curl", "bare"]],
    ["size", ["Zlib", "git", "curl", "libc6", "bare"], ["curl", "git", "Zlib", "libc6", "bare"]],
    ["layer", ["git", "curl", "Zlib", "libc6", "bare"], ["Zlib", "curl", "git", "libc6", "bare"]],
  ])("by %s, up and down, with unknown values last", (column, up, down) => {
    expect(namesOf(sortRows(ROWS, { column, isDescending: false }))).toEqual(up);
    expect(namesOf(sortRows(ROWS, { column, isDescending: true }))).toEqual(down);
  });
});

test("licenses are counted for store paths, the most frequent first", () => {
  expect(countLicenses(ROWS)).toEqual({
    known: [
      { license: "MIT", count: 2 },
      { license: "GPL-2.0-only", count: 1 },
      { license: "Zlib", count: 1 },
    ],
    unknown: 1,
  });
});
