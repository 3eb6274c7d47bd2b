import assert from "node:assert/strict";
import * as fc from "fast-check";
import { PackageError } from "../../../image/closure/package-error.ts";
import { NarError } from "../../../origin/nars/nar-error.ts";
import { type NarEvent, NarReader } from "../../../origin/nars/read-nar.ts";
import { file, folder, link, narBytes, program, text, type Tree } from "../../origin/nars/nar-bytes.ts";
import { accepted, type Property, property } from "../property.ts";

const PATH = "/nix/store/00000000000000000000000000000000-fuzz";

const name = fc.oneof(
  fc.constantFrom("a", "b", ".", "..", "", "a/b", ".wh.a", "a\0", "node", "(", ")"),
  fc.string({ unit: fc.integer({ max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 12 }),
);
const content = fc.string({ maxLength: 40 });
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(content.map(file), content.map(program), name.map(link)),
    fc.dictionary(name, tie("tree"), { maxKeys: 4 }).map(folder),
  ),
}));

/** An archive, or one with other bytes in a place, or one with a text too many. */
const archive = fc
  .tuple(
    tree.map((value) => narBytes(value)),
    fc.nat(),
    fc.oneof(fc.constant(undefined), fc.uint8Array({ minLength: 1, maxLength: 9 }), name.map(text)),
    fc.boolean(),
  )
  .map(([nar, place, bytes, isInserted]) => {
    if (bytes === undefined) return nar;
    const at = place % nar.length;
    return Buffer.concat([nar.subarray(0, at), bytes, nar.subarray(isInserted ? at : at + bytes.length)]);
  });

function read(nar: Uint8Array, chunkBytes: number): readonly NarEvent[] | undefined {
  const reader = new NarReader({ path: PATH, narSize: nar.length });
  const events: NarEvent[] = [];
  const readAll = () => {
    for (let at = 0; at < nar.length; at += chunkBytes) events.push(...reader.read(nar.slice(at, at + chunkBytes)));
    reader.end();
    return events;
  };
  return accepted(readAll, (error) => error instanceof NarError || error instanceof PackageError);
}

/** The tree that the events describe. */
function treeOf(events: readonly NarEvent[]): Tree {
  const folders = new Map<string, Record<string, Tree>>();
  let root: Tree = folder({});
  let current = { path: "", isExecutable: false, parts: [Buffer.alloc(0)] };
  const put = (path: string, node: Tree) => {
    const slash = path.lastIndexOf("/");
    const parent = path === "" ? undefined : folders.get(path.slice(0, Math.max(slash, 0)));
    if (parent)
      Object.defineProperty(parent, path.slice(slash + 1), { value: node, enumerable: true, configurable: true });
    else root = node;
  };
  for (const event of events) {
    if (event.kind === "directory") {
      const entries: Record<string, Tree> = {};
      folders.set(event.path, entries);
      put(event.path, folder(entries));
    } else if (event.kind === "symlink") put(event.path, link(event.target));
    else {
      if (event.kind === "file") current = { ...event, parts: [] };
      else current.parts.push(Buffer.from(event.bytes));
      put(current.path, { file: Buffer.concat(current.parts), isExecutable: current.isExecutable });
    }
  }
  return root;
}

export const nars: readonly Property[] = [
  property("nars/one-archive-for-each-tree", archive, (nar) => {
    const events = read(nar, nar.length);
    if (events) assert.deepEqual(narBytes(treeOf(events)), nar);
  }),
  property("nars/chunks", archive, (nar) => {
    const whole = read(nar, nar.length);
    const bytewise = read(nar, 1);
    assert.equal(bytewise === undefined, whole === undefined);
    if (whole && bytewise) assert.deepEqual(treeOf(bytewise), treeOf(whole));
  }),
];
