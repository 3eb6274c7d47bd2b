import { describe, expect, test } from "vitest";
import { metadataJson, readPackageMetadata } from "../../../image/facts/package-metadata.ts";
import { readFoundMetadata } from "../../../image/names/found-package.ts";
import { entryJson, parseEntry } from "../../../image/names/index-entry.ts";

const PATH = `/nix/store/${"0".repeat(32)}-git-2.51.0`;
const META = {
  license: [{ spdxId: "GPL-2.0-only" }, { fullName: "House rules" }, "MIT"],
  homepage: ["https://git-scm.com"],
  cpe: "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*",
};
const METADATA = {
  licenses: [{ id: "GPL-2.0-only" }, { name: "House rules" }, { id: "MIT" }],
  homepage: "https://git-scm.com/",
  cpe: META.cpe,
  debian: [],
};

test("metadata of an evaluation", () => {
  expect(readFoundMetadata(META)).toEqual(METADATA);
});

test("metadata is the same when it was written and read", () => {
  const written: unknown = JSON.parse(JSON.stringify(metadataJson(METADATA)));
  expect(readFoundMetadata(written)).toEqual(METADATA);
  const debian = [{ name: "git", version: "1:2.51", architecture: "amd64" }];
  const all = { ...METADATA, name: "git", version: "2.51.0", debian };
  expect(readPackageMetadata(metadataJson(all))).toEqual(all);
});

test.each([
  ["that says nothing", {}],
  ["that is malformed", { license: 7, homepage: "javascript:x", cpe: {} }],
  ["of something else than an object", "MIT"],
  [
    "of a Debian package: only Debian's lists have these",
    { debian: [{ name: "a", version: "1", architecture: "all" }] },
  ],
  ["that is too much", { license: Array.from({ length: 100 }, (_, place) => `${place}${"x".repeat(900)}`) }],
])("metadata %s is none", (_, value) => {
  expect(readFoundMetadata(value)).toBeUndefined();
});

describe("an entry of the index", () => {
  const entry = { kind: "package", attribute: "git", paths: [PATH], metadata: METADATA } as const;
  const { metadata: _, ...bare } = entry;

  test("has the metadata at its end", () => {
    expect(parseEntry("git", entryJson("git", entry))).toEqual(entry);
    expect(parseEntry("git", entryJson("git", bare))).toEqual(bare);
  });

  test("with malformed metadata is the entry without it", () => {
    expect(parseEntry("git", ["", PATH.slice("/nix/store/".length), { license: 7 }])).toEqual(bare);
  });

  test.each([[["", {}]], [[{}]], [["", {}, PATH.slice("/nix/store/".length)]]])("%j is none", (value) => {
    expect(parseEntry("git", value)).toBeUndefined();
  });
});
