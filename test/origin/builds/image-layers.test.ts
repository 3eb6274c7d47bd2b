import { execFile } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { LayerEvent } from "../../../protocol/build-events.ts";
import { ensureImageLayers } from "../../../origin/builds/image-layers.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import { groupLayers } from "../../../image/layers/group-layers.ts";
import { createLayerStore } from "../../../origin/layers/layer-store.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { LOCAL_LAYERS } from "../../../origin/paths/path-source.ts";
import { rootLayer } from "../../../image/root/root-layer.ts";
import { StoreFiles } from "../../../image/root/store-files.ts";
import { DISK_TREES } from "../../../origin/root/disk-trees.ts";
import { rejection, type TreeNode, writeTree } from "../fixtures.ts";
import { test } from "../packing/packing.ts";

type Trees = Readonly<Record<string, Readonly<Record<string, TreeNode>>>>;

/** In bytes. A half and a quarter of it are large enough for layers of their own too. */
const LARGEST = 1_000_000;

/** Trees stand for store paths. The first one is the largest. All of them are roots. */
async function ensure(directory: string, packer: Packer, trees: Trees, maxStoreLayers: number) {
  const spoolDirectory = join(directory, "spool");
  await mkdir(spoolDirectory, { recursive: true });
  const store = createDiskStore(join(directory, "objects"));
  const blobs = createBlobPresence(store, Date.now);
  const layers = createLayerStore({ store, blobs, packer, spoolDirectory });
  const roots = await Promise.all(Object.entries(trees).map(([name, tree]) => writeTree(join(directory, name), tree)));
  const log: string[] = [];
  const ready: LayerEvent[] = [];
  const run = (signal = new AbortController().signal): ReturnType<typeof ensureImageLayers>["stored"] =>
    ensureImageLayers({
      groups: groupLayers({
        closure: roots.map((path, index) => ({ path, narSize: LARGEST / 2 ** index, references: [] })),
        roots: [],
        popularity: NO_POPULARITY,
        maxStoreLayers,
      }),
      paths: LOCAL_LAYERS,
      rootLayer: Promise.resolve(rootLayer(roots, new StoreFiles(DISK_TREES, roots))),
      layers: layers.forImage(),
      compression: "gzip",
      onEvent(event) {
        if (event.event === "log") log.push(event.line.replaceAll(`${directory}/`, ""));
        if (event.event === "layer") ready.push(event);
      },
      signal,
    }).stored;
  return { run, log, ready, spoolDirectory };
}

const THREE: Trees = { a: { "bin/a": "a" }, b: { "bin/b": "b" }, c: { "bin/c": "c" } };

test("store paths come first, the largest lowest, and the root on top", async ({ directory, packer }) => {
  const { run } = await ensure(directory, packer, THREE, 2);
  const layers = await run();
  expect(layers.map(({ description }) => description).slice(1)).toEqual(["2 store paths", "root"]);
  expect(layers).toHaveLength(3);
});

test("known layers are not packed again", async ({ directory, packer }) => {
  const { run } = await ensure(directory, packer, THREE, 3);
  const first = await run();
  expect(first.every(({ work }) => work)).toBe(true);
  expect(await run()).toEqual(first.map((layer) => ({ ...layer, work: undefined })));
});

test("the listener gets an event for each finished layer, packed or known", async ({ directory, packer }) => {
  const { run, ready } = await ensure(directory, packer, THREE, 3);
  const layers = await run();
  const described = (known: boolean) =>
    layers.map(({ description, digest, size }, index) => ({
      event: "layer",
      index,
      total: 4,
      description,
      digest,
      size,
      known,
    }));
  const inOrder = () => ready.splice(0).toSorted((a, b) => a.index - b.index);
  expect(inOrder()).toEqual(described(false));
  await run();
  expect(inOrder()).toEqual(described(true));
});

describe("the root layer is packed again", () => {
  const rootOf = (layers: readonly Layer[]) => layers.at(-1)?.diffId;

  test("when a package brings another file", async ({ directory, packer }) => {
    const before = await (await ensure(directory, packer, THREE, 3)).run();
    const after = await (await ensure(directory, packer, { a: { "bin/new": "" }, b: {}, c: {} }, 3)).run();
    expect(rootOf(after)).not.toBe(rootOf(before));
  });

  test("when a directory gets another owner", async ({ directory, packer }) => {
    const owned = (owner: string) => ({ ...THREE, c: { "lib/tmpfiles.d/c.conf": `d /var/lib/c - ${owner}` } });
    const before = await (await ensure(directory, packer, owned("7"), 3)).run();
    const after = await (await ensure(directory, packer, owned("8"), 3)).run();
    expect(rootOf(after)).not.toBe(rootOf(before));
  });

  test("but not if only the contents of a file change, because it has links to files", async ({
    directory,
    packer,
  }) => {
    const before = await (await ensure(directory, packer, THREE, 3)).run();
    const after = await (await ensure(directory, packer, { ...THREE, a: { "bin/a": "other" } }, 3)).run();
    expect(rootOf(after)).toBe(rootOf(before));
  });
});

describe("files that are hidden by others are logged", () => {
  const named = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`bin/${index}`, ""]));

  test("each", async ({ directory, packer }) => {
    const { run, log } = await ensure(directory, packer, { a: { "bin/x": "" }, b: { "bin/x": "" } }, 1);
    await run();
    expect(log.slice(0, -1)).toEqual(["/bin/x is a/bin/x and hides b/bin/x"]);
  });

  test("up to twenty", async ({ directory, packer }) => {
    const { run, log } = await ensure(directory, packer, { a: named(25), b: named(25) }, 1);
    await run();
    expect(log.slice(0, -1)).toHaveLength(21);
    expect(log.at(-2)).toBe("5 more files are hidden");
  });
});

test("lines that declare what no image can have are logged", async ({ directory, packer }) => {
  const lines = { "lib/sysusers.d/a.conf": "u a:b\nr - 5-9", "lib/tmpfiles.d/a.conf": "d /nix/a\nf /run/a" };
  const { run, log } = await ensure(directory, packer, { a: lines }, 1);
  await run();
  expect(log.slice(0, -1)).toEqual([
    "an image cannot have what a declares: u a:b",
    "an image cannot have what a declares: d /nix/a",
  ]);
});

test("a summary is logged at the end", async ({ directory, packer }) => {
  const { run, log } = await ensure(directory, packer, THREE, 3);
  await run();
  await run();
  expect(log).toEqual([
    expect.stringMatching(
      /^4 layers packed, 0 known; \d+\.\d MB compressed; in total, packing took .* s and uploading .* s$/,
    ),
    "0 layers packed, 4 known; 0.0 MB compressed; in total, packing took 0.00 s and uploading 0.00 s",
  ]);
});

test("if one layer fails, its error ends the build, and nothing is left", async ({ directory, packer }) => {
  const { run, spoolDirectory } = await ensure(directory, packer, THREE, 3);
  await promisify(execFile)("mkfifo", [join(directory, "b/fifo")]);
  expect(await rejection(run())).toMatchObject({
    message: `${directory}/b/fifo is not a file, directory or symbolic link`,
    isPackageFault: false,
  });
  expect(await readdir(spoolDirectory)).toEqual([]);
});

test("an abort ends the build with its reason", async ({ directory, packer }) => {
  const { run, spoolDirectory } = await ensure(directory, packer, THREE, 3);
  expect(await rejection(run(AbortSignal.abort(new Error("stopping"))))).toMatchObject({
    message: "stopping",
  });
  expect(await readdir(spoolDirectory)).toEqual([]);
});
