import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { filePath } from "../../../origin/system/file-path.ts";
import { byteString } from "../../../image/tar/byte-string.ts";
import type { TarEntry } from "../../../image/tar/tar-entry.ts";
import { buildForest } from "../../../image/root/forest.ts";
import { rootLayer } from "../../../image/root/root-layer.ts";
import { DIRECTORY_LINKS } from "../../../image/root/skeleton.ts";
import { StoreFiles } from "../../../image/root/store-files.ts";
import { DISK_TREES } from "../../../origin/root/disk-trees.ts";
import { wholeText } from "../odd-text.ts";
import { type Property, property } from "../property.ts";

/** The target of a link. `STORE` and `OUTSIDE` stand for folders of the run. */
interface Link {
  readonly link: string;
}
type Tree = string | Link | { readonly children: Readonly<Record<string, Tree>> };

const usual = fc.constantFrom(
  "bin",
  "etc",
  "lib",
  "share",
  "sh",
  "tmp",
  "usr",
  "var",
  "run",
  "nix-support",
  "root",
  "env",
  "x",
  "y",
);
const odd = wholeText(12)
  .map((text) => text.replaceAll(/[/\0]/g, ""))
  .filter((text) => !["", ".", "..", "secret"].includes(text));
const name = fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: odd });
const target = fc.oneof(
  fc.constantFrom(".", "..", "../..", "../../..", "x", "y/x", "../y", "../share", "/", "/nowhere"),
  fc.constantFrom(
    "STORE/a",
    "STORE/b/share",
    "STORE/d",
    "STORE/d/lib",
    "STORE",
    "OUTSIDE",
    "OUTSIDE/etc",
    "OUTSIDE/back",
  ),
  fc.constantFrom("../../../outside", "../../../../outside/etc"),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    fc.constant("text"),
    target.map((link) => ({ link })),
    fc.record({ children: fc.dictionary(name, tie("tree"), { maxKeys: 4, noNullPrototype: true }) }),
  ),
}));
const root = fc.dictionary(name, tree, { maxKeys: 5, noNullPrototype: true }).map((children) => ({ children }));

/** The most links in one forest. Directories that all link to each other are merged in every possible order. */
const MAX_LINKS = 10;

interface Folders {
  readonly store: string;
  readonly outside: string;
  links: number;
}

function write(path: string, node: Tree, folders: Folders): void {
  if (typeof node === "string") return writeFileSync(path, node);
  if ("link" in node) {
    if (folders.links++ >= MAX_LINKS) return;
    const to = node.link.replace("STORE", folders.store).replace("OUTSIDE", folders.outside);
    return symlinkSync(to, path);
  }
  mkdirSync(path);
  for (const [child, below] of Object.entries(node.children)) write(join(path, child), below, folders);
}

/** The files outside of the store. An image's root must not have any of them, not even a name. */
const OUTSIDE: Tree = {
  children: {
    secret: "text",
    etc: { children: { secret: "text", passwd: "text" } },
    back: { link: "STORE/a" },
  },
};
const ROOTS = ["a", "b", "c"];
/** A store path that no image has. */
const UNRELATED = "d";

/** Checks that a container engine can unpack the tar: each member occurs once, after the directories above it. */
function assertWhole(entries: readonly TarEntry[]): void {
  const directories = new Set(["."]);
  const names = new Set<string>();
  for (const entry of entries) {
    const path = entry.name.replace(/\/$/, "");
    assert.ok(!names.has(path), `${path} comes twice`);
    assert.ok(directories.has(dirname(path)), `${path} is in no directory`);
    names.add(path);
    if (entry.type === "directory") directories.add(path);
  }
}

function assertInStore(entries: readonly TarEntry[], store: string): void {
  for (const entry of entries) {
    assert.ok(!entry.name.split("/").includes("secret"), `${entry.name} is of another folder`);
    if (entry.type !== "symlink") continue;
    assert.ok(entry.target.startsWith(`${store}/`), `${entry.target} is outside of the store`);
    assert.ok(!entry.target.startsWith(`${store}/${UNRELATED}`), `${entry.target} is outside of the closure`);
  }
}

export const forests: readonly Property[] = [
  property(
    "forests/in-the-store",
    fc.tuple(root, root, root),
    (nodes) => {
      const directory = mkdtempSync(join(realpathSync(tmpdir()), "cornice-fuzz-"));
      try {
        const folders = { store: join(directory, "store"), outside: join(directory, "outside"), links: 0 };
        mkdirSync(folders.store);
        write(folders.outside, OUTSIDE, folders);
        const roots = ROOTS.map((path) => join(folders.store, path));
        nodes.forEach((node, index) => write(roots[index] ?? "", node, folders));
        write(join(folders.store, UNRELATED), { children: { lib: { children: { x: "text" } } } }, folders);
        const files = new StoreFiles(DISK_TREES, roots);
        const { entries } = buildForest({ roots, files, reserved: new Set(["usr/bin", "tmp"]) });
        assertInStore(entries, folders.store);
        assertWhole(entries);
        for (const entry of entries) {
          if (entry.type !== "symlink") continue;
          const parent = realpathSync(dirname(filePath(entry.target).toString()));
          assert.ok(`${parent}/`.startsWith(`${folders.store}/`), `${entry.target} leads out of the store`);
          assert.ok(!parent.startsWith(join(folders.store, UNRELATED)), `${entry.target} leads out of the closure`);
        }
        const layer = rootLayer(roots, files);
        const ofPackages = layer.entries.filter((entry) => !(entry.name in DIRECTORY_LINKS));
        assertInStore(ofPackages, byteString(folders.store));
        assertWhole(layer.entries);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    40,
  ),
];
