import { describe, expect } from "vitest";
import { findPackages } from "../../../image/names/find-packages.ts";
import type { IndexEntry } from "../../../image/names/index-entry.ts";
import { createNameIndex } from "../../../origin/index/indexed-names.ts";
import { indexPlace } from "../../../origin/index/index-place.ts";
import { writeIndex } from "../../../origin/index/write-index.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { readBytes } from "../../../origin/stores/object-store.ts";
import { nameIndexPrefix } from "../../../protocol/storage-keys.ts";
import { test } from "../fixtures.ts";

const SETTINGS = { source: "channel:nixos-25.11", nix: {}, restrictsPath: true };
const REVISION = { revision: "5".repeat(40), isExact: true };
const path = (name: string) => `/nix/store/${"0".repeat(32)}-${name}`;
const entry = (attribute: string, ...outputs: string[]): IndexEntry => ({
  kind: "package",
  attribute,
  paths: [attribute, ...outputs].map(path),
});
const ENTRIES = new Map([
  ["git", entry("git", "git-doc")],
  ["7zz", entry("_7zz")],
  ["iana-etc", entry("iana-etc")],
  ["lib", { kind: "unsuitable" }],
  ["elsewhere", { kind: "foreign" }],
  ["old", { kind: "failed", reason: "old was removed" }],
  ["slow", { kind: "open" }],
] as const);
const NOTED = { name: "git.dev", attribute: "git.dev", path: path("git-dev"), requested: true };

/** What the edge and the origin find of the same index. The origin's refusal counts as nothing. */
async function setUp(directory: string, isIndexed: boolean) {
  const store = createDiskStore(directory);
  const place = indexPlace(SETTINGS, REVISION, "x86_64-linux");
  if (!place) throw new Error("the revision is exact");
  const prefix = await nameIndexPrefix(place);
  const sets = new Map([["", ["git", "_7zz", "lib", "elsewhere", "old", "slow"]]]);
  if (isIndexed) await writeIndex(store, prefix, { entries: ENTRIES, sets }, new AbortController().signal);
  const index = createNameIndex(store, SETTINGS);
  const request = (packages: readonly string[]) => ({ packages, architecture: "amd64" }) as const;
  await index.note(request([NOTED.name]), REVISION, { found: [NOTED] });
  return {
    atEdge: (packages: readonly string[]) =>
      findPackages((key, maxBytes) => readBytes(store, key, maxBytes), prefix, packages),
    atOrigin: (packages: readonly string[]) => index.find(request(packages), REVISION).catch(() => undefined),
  };
}

describe("the edge finds exactly the packages that the origin finds:", () => {
  const names = ["7zz", "elsewhere", "git", "git.dev", "git.doc", "gti", "iana-etc", "lib", "old", "slow"];
  const pairs = names.flatMap((first) => names.map((second) => [...new Set([first, second])].toSorted()));

  test.for([
    ["with a whole index", true],
    ["without one", false],
  ] as const)("%s", async ([, isIndexed], { directory }) => {
    const { atEdge, atOrigin } = await setUp(directory, isIndexed);
    for (const pair of pairs) expect([pair, await atEdge(pair)]).toEqual([pair, await atOrigin(pair)]);
    expect(await atEdge([NOTED.name])).toContainEqual(NOTED);
  });
});
