import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import * as fc from "fast-check";
import { extract } from "tar-stream";
import { layerSections } from "../../../origin/packing/layer-content.ts";
import { filePath } from "../../../origin/system/file-path.ts";
import type { ByteString } from "../../../image/tar/byte-string.ts";
import { TarSource } from "../../../origin/packing/tar-source.ts";
import { type Property, property } from "../property.ts";

type Tree =
  | { readonly kind: "file"; readonly text: string; readonly isExecutable: boolean }
  | { readonly kind: "link"; readonly target: ByteString }
  | { readonly kind: "directory"; readonly children: readonly (readonly [name: ByteString, child: Tree])[] };

/** Any byte that a name can have. Bytes that are unusual in a name occur more often. */
const nameByte = fc
  .oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(0x0a, 0x0d, 0x20, 0x3d, 0x5c, 0xff, 0xc3, 0xa9))
  .map((byte) => String.fromCharCode(byte === 0x2f ? 0x61 : byte));
const name: fc.Arbitrary<ByteString> = fc
  .oneof(
    { weight: 6, arbitrary: fc.string({ unit: nameByte, minLength: 1, maxLength: 12 }) },
    { weight: 2, arbitrary: fc.constantFrom("bin", "a b", "größe", "-rf", "PaxHeader", "x=y") },
    { weight: 1, arbitrary: fc.string({ unit: nameByte, minLength: 95, maxLength: 255 }) },
  )
  .filter((text) => text !== "." && text !== "..");
const target: fc.Arbitrary<ByteString> = fc.oneof(
  fc.constantFrom(".", "..", "x", "../../..", "/etc/passwd", "/"),
  fc.string({ unit: nameByte, minLength: 1, maxLength: 20 }),
  fc.string({ unit: nameByte, minLength: 95, maxLength: 300 }),
);
/** Equal files of 4096 bytes or more are packed once. */
const text = fc.constantFrom(
  "",
  "a",
  "x".repeat(511),
  "y".repeat(512),
  "b".repeat(4096),
  "c".repeat(4096),
  "d".repeat(5000),
);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("file"), text, isExecutable: fc.boolean() }),
    fc.record({ kind: fc.constant("link"), target }),
    fc.record({
      kind: fc.constant("directory"),
      children: fc.uniqueArray(fc.tuple(name, tie("tree")), { maxLength: 5, selector: ([child]) => child }),
    }),
  ),
}));

function write(path: ByteString, node: Tree): void {
  const file = filePath(path);
  if (node.kind === "link") return symlinkSync(filePath(node.target), file);
  if (node.kind === "file") {
    writeFileSync(file, node.text);
    return chmodSync(file, node.isExecutable ? 0o755 : 0o644);
  }
  mkdirSync(file);
  for (const [child, below] of node.children) write(`${path}/${child}`, below);
}

type Member = readonly [type: string, name: string, mode: number, target: string | null, content: string];

/** Decodes a name as tar-stream does: as UTF-8. */
function decode(bytes: ByteString): string {
  return filePath(bytes).toString();
}

/** The members that the tar must have for a tree, in order. `seen` has the earlier files of this store path. */
function membersOf(path: ByteString, node: Tree, seen = new Map<string, ByteString>()): Member[] {
  const entry = path.slice(1);
  if (node.kind === "link") return [["symlink", decode(entry), 0o777, decode(node.target), ""]];
  if (node.kind === "directory") {
    const sorted = node.children.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const below = sorted.flatMap(([child, inside]) => membersOf(`${path}/${child}`, inside, seen));
    return [["directory", `${decode(entry)}/`, 0o555, null, ""], ...below];
  }
  const mode = node.isExecutable ? 0o555 : 0o444;
  const key = `${mode} ${node.text}`;
  const twin = node.text.length >= 4096 ? seen.get(key) : undefined;
  if (twin !== undefined) return [["link", decode(entry), mode, decode(twin), ""]];
  seen.set(key, entry);
  return [["file", decode(entry), mode, null, node.text]];
}

function tarOf(paths: readonly { readonly path: string; readonly isApart: boolean }[]): Buffer {
  const source = new TarSource(layerSections({ kind: "store-paths", paths }));
  const parts: Uint8Array[] = [];
  while (source.section) {
    const slab = Buffer.alloc(65_536);
    const bytes = source.read(slab);
    if (bytes !== "paused") parts.push(slab.subarray(0, bytes));
  }
  return Buffer.concat(parts);
}

async function readBack(tar: Buffer): Promise<Member[]> {
  const members: Member[] = [];
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    const { type, name: path, mode, linkname } = entry.header;
    members.push([type ?? "", path, mode ?? 0, linkname ?? null, String(await buffer(entry))]);
  }
  return members;
}

const PARENTS: readonly Member[] = [
  ["directory", "nix/", 0o755, null, ""],
  ["directory", "nix/store/", 0o755, null, ""],
];

export const trees: readonly Property[] = [
  property(
    "trees/tar",
    fc.array(fc.tuple(tree, fc.boolean()), { minLength: 1, maxLength: 3 }),
    async (storePaths) => {
      const directory = mkdtempSync(join(realpathSync(tmpdir()), "cornice-fuzz-"));
      try {
        const roots = storePaths.map(([node, isApart], index) => ({
          node,
          isApart,
          path: join(directory, String(index)),
        }));
        for (const { path, node } of roots) write(path, node);
        const tar = tarOf(roots);
        assert.equal(tar.length % 512, 0);
        assert.deepEqual(await readBack(tar), [
          ...PARENTS,
          ...roots.flatMap(({ path, node }) => membersOf(path, node)),
        ]);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    60,
  ),
];
