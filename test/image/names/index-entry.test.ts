import { describe, expect, test } from "vitest";
import { entryJson, type IndexEntry, parseEntry } from "../../../image/names/index-entry.ts";

const HASH = "0".repeat(32);
const path = (name: string) => `/nix/store/${HASH}-${name}`;

describe("an entry comes back as it was written:", () => {
  test.each<[name: string, entry: IndexEntry, json: unknown]>([
    ["git", { kind: "package", attribute: "git", paths: [path("git-2.51")] }, ["", `${HASH}-git-2.51`]],
    [
      "perlpackages.dbi",
      { kind: "package", attribute: "perlPackages.DBI", paths: [path("dbi"), path("dbi-man")] },
      ["perlPackages.DBI", `${HASH}-dbi`, `${HASH}-dbi-man`],
    ],
    ["lib", { kind: "unsuitable" }, "unsuitable"],
    ["elsewhere", { kind: "foreign" }, "foreign"],
    ["cacert", { kind: "absent" }, "absent"],
    ["slow", { kind: "open" }, "open"],
    ["old", { kind: "failed", reason: "old was removed" }, { failed: "old was removed" }],
  ])("%s", (name, entry, json) => {
    expect(entryJson(name, entry)).toEqual(json);
    expect(parseEntry(name, JSON.parse(JSON.stringify(json)))).toEqual(entry);
  });
});

describe("a value that is no entry:", () => {
  test.each<[why: string, value: unknown]>([
    ["null", null],
    ["a number", 1],
    ["another word", "package"],
    ["a package without outputs", [""]],
    ["an empty list", []],
    ["an output that is not a text", ["", 1]],
    ["a path outside the store", ["", `../../etc/${HASH}-x`]],
    ["a file in a store path", ["", `${HASH}-x/bin/sh`]],
    ["an attribute with a slash", ["a/b", `${HASH}-x`]],
    ["a reason that is not a text", { failed: 1 }],
    ["a reason that is too long", { failed: "x".repeat(4001) }],
    ["too many outputs", ["", ...Array.from({ length: 1001 }, () => `${HASH}-x`)]],
  ])("%s", (_, value) => expect(parseEntry("x", value)).toBeUndefined());
});
