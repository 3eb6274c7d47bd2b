import { describe, expect, test } from "vitest";
import { findPackages } from "../../../image/names/find-packages.ts";
import { entryJson, type IndexEntry } from "../../../image/names/index-entry.ts";
import { toHex } from "../../../protocol/hex.ts";
import { nameIndexMetaKey, nameShardKey, ownEntryKey } from "../../../protocol/storage-keys.ts";
import { type IndexObjects, ownEntries, packed, PREFIX, wholeIndex } from "./index-objects.ts";

const path = (name: string) => `/nix/store/${"0".repeat(32)}-${name}`;
const entry = (attribute: string, ...outputs: string[]): IndexEntry => ({
  kind: "package",
  attribute,
  paths: outputs.length === 0 ? [path(attribute)] : outputs.map(path),
});
const root = (name: string, attribute = name, output = attribute, requested = true) => ({
  name,
  attribute,
  path: path(output),
  requested,
});
const ALWAYS = [root("cacert", "cacert", "cacert", false), root("iana-etc", "iana-etc", "iana-etc", false)];
const ENTRIES = {
  git: entry("git"),
  "7zz": entry("_7zz"),
  openssl: entry("openssl", "openssl-bin", "openssl-man"),
  "perlpackages.dbi": entry("perlPackages.DBI"),
  cacert: entry("cacert"),
  "iana-etc": entry("iana-etc"),
};

/** Finds packages in a bucket with these objects. */
function bucket(...parts: readonly IndexObjects[]) {
  const objects = new Map(parts.flatMap((part) => [...part]));
  const reads: string[] = [];
  const readObject = async (key: string, maxBytes: number) => {
    reads.push(key.slice(PREFIX.length));
    const bytes = objects.get(key);
    return bytes && bytes.length <= maxBytes ? bytes : undefined;
  };
  return { reads, find: (...packages: string[]) => findPackages(readObject, PREFIX, packages) };
}

describe("packages are found", () => {
  test("in the order of the names, with their outputs, and then with the packages that every image gets", async () => {
    const { find } = bucket(await wholeIndex(ENTRIES));
    expect(await find("7zz", "git", "openssl", "perlpackages.dbi")).toEqual([
      root("7zz", "_7zz"),
      root("git"),
      root("openssl", "openssl", "openssl-bin"),
      root("openssl", "openssl", "openssl-man"),
      root("perlpackages.dbi", "perlPackages.DBI"),
      ...ALWAYS,
    ]);
  });

  test("once, if a name is one of those that every image gets", async () => {
    const { find } = bucket(await wholeIndex(ENTRIES));
    expect(await find("iana-etc")).toEqual([root("iana-etc"), ALWAYS[0]]);
  });

  test("without a package that every image gets, if the whole set lacks it", async () => {
    expect(await bucket(await wholeIndex({ git: ENTRIES.git })).find("git")).toEqual([root("git")]);
    const noted = { git: ENTRIES.git, cacert: { kind: "absent" }, "iana-etc": { kind: "absent" } } as const;
    expect(await bucket(await ownEntries(noted)).find("git")).toEqual([root("git")]);
  });

  test("beside a whole index, if an evaluation has noted them", async () => {
    const noted = { "git.dev": entry("git.dev"), slow: entry("slow") };
    const { find } = bucket(await wholeIndex({ ...ENTRIES, slow: { kind: "open" } }), await ownEntries(noted));
    expect(await find("git.dev", "slow")).toEqual([root("git.dev"), root("slow"), ...ALWAYS]);
  });
});

describe("the origin must tell", () => {
  test.each<[why: string, index: Promise<IndexObjects>, names: string[]]>([
    ["of names that nobody has noted", ownEntries({ cacert: entry("cacert"), "iana-etc": entry("iana-etc") }), ["git"]],
    ["of names in an empty bucket", Promise.resolve(new Map()), ["git"]],
    ["of packages for every image that nobody has noted", ownEntries({ git: entry("git") }), ["git"]],
    ["why a whole index lacks a name", wholeIndex(ENTRIES), ["git", "gti"]],
    ["of a name that only an evaluation can tell", wholeIndex({ ...ENTRIES, slow: { kind: "open" } }), ["slow"]],
    ["of an output that nobody has noted", wholeIndex(ENTRIES), ["git.dev"]],
    ["why a name is absent", ownEntries({ ...ENTRIES, git: { kind: "absent" } }), ["git"]],
    ["why a name is refused", wholeIndex({ ...ENTRIES, lib: { kind: "unsuitable" } }), ["lib"]],
    ["that a package is for another platform", wholeIndex({ ...ENTRIES, mac: { kind: "foreign" } }), ["mac"]],
    ["why an evaluation fails", wholeIndex({ ...ENTRIES, old: { kind: "failed", reason: "removed" } }), ["git", "old"]],
    [
      "of a package for every image whose evaluation fails",
      wholeIndex({ ...ENTRIES, cacert: { kind: "failed", reason: "no" } }),
      ["git"],
    ],
    ["of an unusual package for every image", wholeIndex({ ...ENTRIES, cacert: { kind: "foreign" } }), ["git"]],
  ])("%s", async (_, index, names) => {
    expect(await bucket(await index).find(...names)).toBeUndefined();
  });
});

describe("an object of a hostile bucket counts as missing:", () => {
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  const entries = { git: ["", "0".repeat(32) + "-git"], cacert: "absent", "iana-etc": "absent" };
  test.each<[why: string, key: string, bytes: Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>]>([
    ["a damaged meta", nameIndexMetaKey(PREFIX), noise.subarray(0, 9)],
    ["a meta with too many digits", nameIndexMetaKey(PREFIX), packed({ digits: 4 })],
    ["a meta with a part of a digit", nameIndexMetaKey(PREFIX), packed({ digits: 0.5 })],
    ["a meta of another version", nameIndexMetaKey(PREFIX), packed({ version: 2, digits: 0 })],
    ["a damaged shard", nameShardKey(PREFIX, ""), noise.subarray(0, 9)],
    ["a shard that is too large", nameShardKey(PREFIX, ""), packed({ entries, noise: toHex(noise) })],
    ["a shard with entries of another form", nameShardKey(PREFIX, ""), packed({ entries: [] })],
    ["a shard whose entry is no store path", nameShardKey(PREFIX, ""), packed({ entries: { git: ["", "../x"] } })],
  ])("%s", async (_, key, bytes) => {
    const { find } = bucket(await wholeIndex(ENTRIES), new Map([[key, await bytes]]));
    expect(await find("git")).toBeUndefined();
  });

  test.each([
    ["that is damaged", { name: "git", entry: ["", "x"] }],
    ["of another name", { name: "openssl", entry: entryJson("openssl", ENTRIES["openssl"]) }],
  ])("an own entry %s", async (_, members) => {
    const own = new Map([[await ownEntryKey(PREFIX, "git"), await packed(members)]]);
    const { find } = bucket(await ownEntries(ENTRIES), own);
    expect([await find("git"), await find("7zz")]).toEqual([undefined, [root("7zz", "_7zz"), ...ALWAYS]]);
  });
});

describe("the reads of a request are", () => {
  const names = ["7zz", "git", "openssl", "perlpackages.dbi"];

  test("two, if a whole index has one shard", async () => {
    const { find, reads } = bucket(await wholeIndex(ENTRIES));
    await find(...names);
    expect(reads).toEqual(["meta", "shard-"]);
  });

  test("the meta and each shard once, if a whole index has many", async () => {
    const index = await wholeIndex(ENTRIES, 1);
    const { find, reads } = bucket(index);
    expect(await find(...names)).toHaveLength(names.length + 1 + ALWAYS.length);
    expect(reads.toSorted()).toEqual([...index.keys()].map((key) => key.slice(PREFIX.length)).toSorted());
  });

  test("the meta and an entry for each name, if there is no whole index", async () => {
    const index = await ownEntries(ENTRIES);
    const { find, reads } = bucket(index);
    await find(...names);
    expect(reads.toSorted()).toEqual(["meta", ...[...index.keys()].map((key) => key.slice(PREFIX.length))].toSorted());
  });

  test("two for each package and the meta, if only evaluations can tell", async () => {
    const { find, reads } = bucket(await wholeIndex({}, 3));
    await find("git.dev", "git.doc", "git.man");
    expect(reads).toHaveLength(2 * (3 + ALWAYS.length) + 1);
  });
});

test("an error of the store reaches the caller", async () => {
  const broken = () => Promise.reject(new Error("the store is down"));
  await expect(findPackages(broken, PREFIX, ["git"])).rejects.toThrow("the store is down");
});
