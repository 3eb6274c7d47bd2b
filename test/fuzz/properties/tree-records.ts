import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { PackageError } from "../../../image/closure/package-error.ts";
import type { ImageRoot } from "../../../image/root/image-root.ts";
import { gzip } from "../../../image/compression/gzip.ts";
import { joinBytes } from "../../../image/compression/join-bytes.ts";
import { MissingBytes } from "../../../image/trees/missing.ts";
import { rootFromTrees } from "../../../image/trees/root-from-trees.ts";
import { decodeTree, encodeTree } from "../../../image/trees/tree-record.ts";
import { treeOf } from "../../../image/trees/tree-of.ts";
import type { Tree } from "../../../image/trees/tree.ts";
import { diskTreeEntries } from "../../../origin/root/disk-tree-entries.ts";
import { readImageRoot } from "../../../origin/root/read-image-root.ts";
import { type Property, property } from "../property.ts";

type Node = string | { readonly link: string } | { readonly children: Readonly<Record<string, Node>> };

/** `STORE` stands for the folder of the run. `d` is a store path outside of the closure. */
const target = fc.constantFrom(
  ..."../.. ../share ../lib ../../b/lib ../../c/share/y . .. x /nowhere STORE STORE/a STORE/b STORE/b/bin".split(" "),
  ..."STORE/b/share STORE/b/etc/passwd STORE/c/lib STORE/c/x STORE/d/lib".split(" "),
);
const text = fc.constantFrom(
  "text",
  "",
  "STORE/b STORE/c\n",
  "STORE/c",
  "STORE/d",
  "root:x:0:0::/:/bin/sh\nme:x:7:7::/:\n",
  "x:x:7:me\n",
  'u some 5 "A user"\ng group -\nu some 6\nu !\n',
  "m some group\nd /var/some 0700 some group\nd relative\n",
);
const name = fc.constantFrom(
  ..."bin etc lib share usr var x y bash env passwd group nsswitch.conf os-release a.conf sysusers.d".split(" "),
  ..."tmpfiles.d nix-support propagated-user-env-packages größe".split(" "),
);
const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    text,
    target.map((link) => ({ link })),
    fc.record({ children: fc.dictionary(name, tie("tree"), { maxKeys: 4, noNullPrototype: true }) }),
  ),
}));
/** Files at the places where the root reads them. A place is one folder deep or two. */
const place = fc.constantFrom(
  "nix-support/propagated-user-env-packages",
  "lib/sysusers.d/a.conf",
  "lib/tmpfiles.d/b.conf",
  "etc/passwd",
  "etc/group",
  "lib/sysusers.d",
  "share/x",
  "bin/bash",
  "bin/sh",
);
const placed = fc.tuple(
  place,
  fc.oneof(
    text,
    target.map((link) => ({ link })),
  ),
);
const packageTree = fc
  .tuple(fc.dictionary(name, tree, { maxKeys: 5, noNullPrototype: true }), fc.array(placed, { maxLength: 4 }))
  .map(([children, files]) =>
    files.reduce<Node>((node, [path, file]) => withFile(node, path.split("/"), file), { children }),
  );
const storePath = fc.oneof(
  { weight: 6, arbitrary: packageTree },
  {
    weight: 1,
    arbitrary: fc.oneof(
      text,
      target.map((link) => ({ link })),
    ),
  },
);

/** The most links in one image. Directories that all link to each other are merged in every possible order. */
const MAX_LINKS = 10;

interface Folder {
  readonly store: string;
  links: number;
}

function write(path: string, node: Node, folder: Folder): void {
  if (typeof node === "string") return writeFileSync(path, node.replaceAll("STORE", folder.store));
  if ("link" in node) {
    // An empty file stands for a further link, because each store path of a closure exists.
    if (folder.links++ >= MAX_LINKS) return writeFileSync(path, "");
    return symlinkSync(node.link.replace("STORE", folder.store), path);
  }
  mkdirSync(path, { recursive: true });
  for (const [child, below] of Object.entries(node.children)) write(join(path, child), below, folder);
}

/** Puts a node at a path, in the place of what is there. */
function withFile(node: Node, [first = "", ...others]: readonly string[], file: Node): Node {
  if (first === "") return file;
  const children = typeof node === "object" && "children" in node ? node.children : {};
  return { children: { ...children, [first]: withFile(children[first] ?? "", others, file) } };
}

const ROOTS = ["a", "b", "c"];
/** A store path that no image has. */
const UNRELATED = "d";

/** The root needs a file at an unusual place, to which a link leads. The trees cannot say more. */
const MISSING_BYTES = "missing bytes";

/** The result of a run, or an error that both ways must have. */
async function outcomeOf(run: () => ImageRoot | Promise<ImageRoot>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MissingBytes) return MISSING_BYTES;
    if (error instanceof PackageError) return { message: error.message };
    throw error;
  }
}
/** The tree of a store path, after it was a record. */
async function recordedTree(path: string): Promise<Tree | undefined> {
  const onDisk = treeOf(diskTreeEntries(path));
  assert.ok(onDisk, `${path} is a tree`);
  const read = await decodeTree(await encodeTree(onDisk));
  assert.deepEqual(read, onDisk);
  return read;
}

async function checkSameRoot(nodes: readonly Node[], store: string): Promise<void> {
  const folder = { store, links: 0 };
  nodes.forEach((node, index) => write(join(store, ROOTS[index] ?? ""), node, folder));
  write(join(store, UNRELATED), { children: { lib: { children: { x: "text" } } } }, folder);
  const paths = ROOTS.map((root) => join(store, root));
  const image = {
    packages: paths.slice(0, 2).map((path, index) => ({ name: "p", attribute: "p", path, requested: index === 0 })),
    closure: paths.map((path) => ({ path, narSize: 0, references: [] })),
  };
  const recorded = await outcomeOf(() => rootFromTrees(image, recordedTree));
  if (recorded !== MISSING_BYTES) assert.deepEqual(recorded, await outcomeOf(() => readImageRoot(image)));
}

const token = fc.oneof(
  fc.constantFrom(
    "",
    "",
    "d",
    "da",
    "db",
    "lc/x",
    "f0/a",
    "f3/b",
    "F2/b",
    "X1/c",
    "x9/d",
    "f-1/e",
    "d..",
    "lx",
    "F99/z",
  ),
  fc.string({ maxLength: 6, unit: "binary" }),
);

export const treeRecords: readonly Property[] = [
  property(
    "tree-records/same-root",
    fc.tuple(storePath, storePath, storePath),
    async (nodes) => {
      const directory = mkdtempSync(join(realpathSync(tmpdir()), "cornice-fuzz-"));
      try {
        await checkSameRoot(nodes, directory);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    60,
  ),
  property(
    "tree-records/any-record",
    fc.tuple(fc.array(token, { maxLength: 12 }), fc.uint8Array({ maxLength: 4 })),
    async ([tokens, kept]) => {
      const content = new TextEncoder().encode(["d", ...tokens, ""].join("\0"));
      const record = await gzip(joinBytes([Uint8Array.of(1, 0, 0, 0, content.length), content, kept]));
      const read = await decodeTree(record);
      if (read) assert.deepEqual(await decodeTree(await encodeTree(read)), read);
    },
  ),
];
