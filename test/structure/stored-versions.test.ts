import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { decodeBundle } from "../../image/bundles/bundle-record.ts";
import { parseLayerList } from "../../image/layers/layer-list.ts";
import { unpackObject, unpackSmall } from "../../image/names/index-format.ts";
import { decodeTree } from "../../image/trees/tree-record.ts";
import { decodeTrust } from "../../image/trust/trust-file.ts";
import { parseClosureRecord } from "../../origin/closures/closure-record.ts";
import { parseIndexedRef } from "../../origin/index/indexed-ref.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { parseImageRecord } from "../../protocol/image-record.ts";
import { parsePackageIndexMetadata } from "../../protocol/package-index.ts";
import { parseRefRecord } from "../../protocol/ref-record.ts";
import { parseRequestRecord } from "../../protocol/request-record.ts";
import { parseSweepState } from "../../protocol/sweep-state.ts";
import { parseTagRecord } from "../../protocol/tag-record.ts";
import { parseAttachedRecord } from "../../protocol/attached-record.ts";
import * as records from "./stored-records.ts";

/** A kind of record that has a version, by the key of the table in docs/upgrades.md. */
interface Kind {
  /** Reads a whole record whose version was replaced. Undefined takes the version away. */
  readonly read: (version: number | undefined) => unknown;
  readonly version: number;
  /** Whether older releases wrote the record without a version. */
  readonly hadNone?: true;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "tags/": { read: (version) => parseTagRecord({ ...records.TAG, version }), version: 1, hadNone: true },
  "tag/": { read: (version) => parseTagRecord({ ...records.TAG, version }), version: 1, hadNone: true },
  "contents/": { read: (version) => parseImageContents({ ...records.CONTENTS, version }), version: 1, hadNone: true },
  "images/": { read: (version) => parseImageRecord({ ...records.IMAGE, version }), version: 1, hadNone: true },
  "requests/": { read: (version) => parseRequestRecord({ ...records.REQUEST, version }), version: 1, hadNone: true },
  "refs/": { read: (version) => parseRefRecord({ ...records.REF, version }), version: 1 },
  "paths/": { read: (version) => parseClosureRecord({ ...records.PATHS, version }), version: 1 },
  "layer-list": { read: (version) => parseLayerList({ ...records.LAYER_LIST, version }), version: 1 },
  "attached/": { read: (version) => parseAttachedRecord({ ...records.ATTACHED, version }), version: 1 },
  "gc/state": { read: (version) => parseSweepState({ ...records.SWEEP_STATE, version }), version: 1 },
  "index/<settings>/refs/": { read: (version) => parseIndexedRef({ revision: "r1", version }), version: 1 },
  "index/<settings>/<revision>/": {
    read: async (version) => (await unpackObject(await records.packed({ version }))) ?? undefined,
    version: 1,
  },
  "index/<settings>/<revision>/<system>/own/": {
    read: async (version) => unpackSmall(await records.packed({ version })),
    version: 1,
  },
  "package-index/": {
    read: (version) => parsePackageIndexMetadata(version === undefined ? {} : { version: String(version) }),
    version: 1,
    hadNone: true,
  },
  "trees/": { read: async (version) => decodeTree(await records.tree(version)), version: 1 },
  "trust/": { read: async (version) => decodeTrust(await records.trust(version)), version: 1 },
  "bundles/": { read: async (version) => decodeBundle(await records.bundle(version)), version: 2 },
};

describe.each(Object.entries(KINDS))("a record under %s", (_, { read, version, hadNone }) => {
  test("of this version is read", async () => {
    expect(await read(version)).toBeTruthy();
  });

  test.each([99, version + 1, 0, -1])("of version %i counts as missing", async (other) => {
    expect((await read(other)) ?? undefined).toBeUndefined();
  });

  test(`without a version ${hadNone ? "is read: older releases wrote none" : "counts as missing"}`, async () => {
    expect(((await read(undefined)) ?? undefined) !== undefined).toBe(hadNone === true);
  });
});

/** The rows of the first table after a heading, as lists of cells. */
function rowsBelow(text: string, heading: string): readonly (readonly string[])[] {
  const [, after = ""] = text.split(`\n## ${heading}\n`);
  const lines = (after.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) =>
    line
      .split("|")
      .slice(1)
      .map((cell) => cell.trim()),
  );
}

const keysIn = (cell = ""): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, key = ""]) => key);
const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("docs/upgrades.md has each kind with its version", async () => {
  const rows = rowsBelow(await read("../../docs/upgrades.md"), "Stored records");
  const versions = rows.flatMap(([, key, version]) =>
    version && /^\d+$/.test(version) ? [[keysIn(key)[0], Number(version)]] : [],
  );
  expect(Object.fromEntries(versions)).toEqual(
    Object.fromEntries(Object.entries(KINDS).map(([key, { version }]) => [key, version])),
  );
});

test("docs/upgrades.md has all keys of docs/architecture.md", async () => {
  const rows = rowsBelow(await read("../../docs/upgrades.md"), "Stored records");
  const known = rows.flatMap(([, key]) => keysIn(key));
  const keys = rowsBelow(await read("../../docs/architecture.md"), "Storage keys").flatMap(([, key]) => keysIn(key));
  expect(keys.length).toBeGreaterThan(20);
  expect(keys.filter((key) => !known.some((prefix) => key.startsWith(prefix)))).toEqual([]);
});
