import { describe, expect, test } from "vitest";
import { bytesOf, decodeText } from "../../../image/tar/byte-string.ts";
import { gunzip, gzip } from "../../../image/compression/gzip.ts";
import { joinBytes } from "../../../image/compression/join-bytes.ts";
import { TREE_LIMITS } from "../../../image/trees/tree.ts";
import { decodeTree, encodeTree } from "../../../image/trees/tree-record.ts";
import { treeWith } from "./entries.ts";

const TREE = treeWith({
  "bin/git": { program: "#!" },
  "bin/sh": { link: "/nix/store/x/bin/sh" },
  "etc/group": "group",
  "etc/passwd": { program: "passwd" },
  größe: "x",
  "share/": "",
});
const TOKENS = [
  ..."d,dbin,x2/git,lsh//nix/store/x/bin/sh,,detc,F5/group,X6/passwd,".split(","),
  ..."f1/gr\u00c3\u00b6\u00c3\u009fe,dshare,,".split(","),
];

/** A record with any tokens and any bytes behind them. */
async function recordOf(tokens: readonly string[], kept = "", version = 1): Promise<Uint8Array> {
  const text = new TextEncoder().encode(tokens.join("\0"));
  const header = new DataView(new ArrayBuffer(5));
  header.setUint8(0, version);
  header.setUint32(1, text.length);
  return gzip(joinBytes([new Uint8Array(header.buffer), text, bytesOf(kept)]));
}

test("a record is read as the tree that was written", async () => {
  expect(await decodeTree(await encodeTree(TREE))).toEqual(TREE);
});

test("a record has these bytes", async () => {
  const bytes = await gunzip(await encodeTree(TREE), 1000);
  expect(bytes).toEqual(await gunzip(await recordOf(TOKENS, "grouppasswd"), 1000));
  expect(decodeText(bytes ?? new Uint8Array())).toContain("F5/group");
});

test("the same tree gives the same record", async () => {
  expect(await encodeTree(TREE)).toEqual(await encodeTree(TREE));
});

test("names and targets of any bytes are kept", async () => {
  const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1));
  const names = bytes.filter((name) => name !== "/" && name !== ".");
  const tree = await decodeTree(await recordOf(["d", ...names.map((name) => `l${name}/${name}`), ""]));
  const files = names.map((name) => ({ kind: "symlink", name, target: name }));
  expect(tree?.top).toEqual({ kind: "directory", name: "", files });
  expect(tree && (await decodeTree(await encodeTree(tree)))).toEqual(tree);
});

describe("a record counts as missing", () => {
  const rows: readonly [string, () => Promise<Uint8Array>][] = [
    ["of another version", () => recordOf(TOKENS, "grouppasswd", 2)],
    ["that is empty", async () => new Uint8Array()],
    ["with an empty content", () => gzip(new Uint8Array())],
    ["that is not compressed", async () => bytesOf("tree")],
    ["that is cut off", async () => (await encodeTree(TREE)).slice(0, -1)],
    ["that goes on behind its end", async () => joinBytes([await encodeTree(TREE), bytesOf("x")])],
    ["with a flipped bit", async () => (await encodeTree(TREE)).map((byte, at) => (at === 20 ? byte ^ 1 : byte))],
    ["with too few bytes", () => recordOf(TOKENS, "grouppassw")],
    ["with too many bytes", () => recordOf(TOKENS, "grouppasswd!")],
    ["with a text that ends early", () => gzip(Uint8Array.of(1, 0, 0, 0, 9, 0x64))],
    ["with a text that is not UTF-8", () => gzip(Uint8Array.of(1, 0, 0, 0, 3, 0x66, 0x30, 0xff))],
    ["with a sign that is no byte", () => recordOf(["d", "f0/\u0100", ""])],
    ["without tokens", () => recordOf([])],
    ["with an unknown mark", () => recordOf(["d", "p0/a", ""])],
    ["with a file without a name", () => recordOf(["d", "f0", ""])],
    ["with a link without a target", () => recordOf(["d", "la", ""])],
    ["with a size that is no number", () => recordOf(["d", "fx/a", ""])],
    ["with a negative size", () => recordOf(["d", "f-1/a", ""])],
    ["with a name with a slash", () => recordOf(["d", "f0/a/b", ""])],
    ["with a directory with a slash", () => recordOf(["d", "da/b", "", ""])],
    ["with the name ..", () => recordOf(["d", "d..", "", ""])],
    ["with names in another order", () => recordOf(["d", "f0/b", "f0/a", ""])],
    ["with a directory that does not end", () => recordOf(["d", "da", ""])],
    ["with an end too many", () => recordOf(["d", "", ""])],
    ["with two trees", () => recordOf(["d", "", "d", ""])],
  ];
  test.each(rows)("%s", async (_, make) => {
    expect(await decodeTree(await make())).toBeUndefined();
  });

  test("above the limits", async () => {
    const record = await encodeTree(TREE);
    expect(await decodeTree(record, { entries: 9, bytes: TREE.memoryBytes })).toEqual(TREE);
    expect(await decodeTree(record, { entries: 8, bytes: TREE.memoryBytes })).toBeUndefined();
    expect(await decodeTree(record, { entries: 9, bytes: TREE.memoryBytes - 1 })).toBeUndefined();
  });

  test("that is small and becomes huge", async () => {
    const bomb = await gzip(new Uint8Array(1_000_000));
    expect(bomb.length).toBeLessThan(2000);
    expect(await decodeTree(bomb, { ...TREE_LIMITS, bytes: 999_000 })).toBeUndefined();
  });
});
