import { describe, expect } from "vitest";
import { encodeBundle } from "../../../image/bundles/bundle-record.ts";
import { LAYER_LIST_KEY } from "../../../protocol/storage-keys.ts";
import { storePathName } from "../../../image/closure/store-path.ts";
import { parseLayerList } from "../../../image/layers/layer-list.ts";
import { readRecord, StoreError } from "../../../origin/stores/object-store.ts";
import { until } from "../fixtures.ts";
import { test } from "../packing/packing.ts";
import { blobsOf, imageOf, setUp } from "./bundling.ts";

const ALL_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** A promise that a test opens. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: () => promise, open: resolve };
}

describe("each package of an image gets a bundle", () => {
  test("with what is known of its own store paths", async ({ directory, packer }) => {
    const { bundler, image, bundleOf } = await setUp(directory, packer);
    const closure = imageOf("git", "htop");
    const facts = new Map(closure.closure.map(({ path }) => [path, { narHash: "a".repeat(64) }]));
    bundler.add({ ...image(closure), facts: async () => facts });
    await bundler.finished();
    const names = [...((await bundleOf("htop"))?.facts.keys() ?? [])].map(storePathName);
    expect(names.toSorted()).toEqual(["htop", "zlib"]);
  });

  test("with its closure, layers, steps and trees", async ({ directory, packer }) => {
    const { bundler, image, bundleOf, outcomes } = await setUp(directory, packer);
    bundler.add(image(imageOf("git", "htop")));
    await bundler.finished();
    const [git, htop] = [await bundleOf("git"), await bundleOf("htop")];
    const names = (paths: Iterable<string>) => [...paths].map(storePathName);
    expect(names(git?.closure.map(({ path }) => path) ?? [])).toEqual(["git", "perl", "zlib"]);
    expect(names(htop?.closure.map(({ path }) => path) ?? [])).toEqual(["htop", "zlib"]);
    expect([names(git?.solos.keys() ?? []), names(htop?.solos.keys() ?? [])]).toEqual([["git", "perl"], ["htop"]]);
    expect([git?.steps, htop?.steps]).toEqual([ALL_STEPS, ALL_STEPS]);
    // Below the cut-off of 300 KiB, git's rest layer is zlib alone. Above it, perl is there, too.
    expect([git?.rests.size, htop?.rests.size]).toEqual([2, 2]);
    expect(names(git?.trees.keys() ?? [])).toEqual(["git"]);
    expect(outcomes).toEqual(["written", "written"]);
  });

  test("and its layers are stored and listed", async ({ directory, packer }) => {
    const { bundler, image, bundleOf, store } = await setUp(directory, packer);
    bundler.add(image(imageOf("git")));
    await bundler.finished();
    const git = await bundleOf("git");
    const heads = await Promise.all((git ? blobsOf(git) : []).map((key) => store.head(key)));
    expect(heads).toHaveLength(4);
    expect(heads).not.toContain(undefined);
    const list = parseLayerList(await readRecord(store, LAYER_LIST_KEY));
    expect(list?.layers).toHaveLength(4);
  });

  test("except if the image has options", async ({ directory, packer }) => {
    const { bundler, image, puts } = await setUp(directory, packer);
    bundler.add(image({ ...imageOf("git"), options: { cmd: ["git"] } }));
    await bundler.finished();
    expect(puts).toEqual([]);
  });
});

describe("the order of writes", () => {
  test("has each layer before a bundle that names it, and first bundles before all others", async ({
    directory,
    packer,
  }) => {
    const written: string[][] = [];
    const { bundler, image, puts, bundleOf, keyOf } = await setUp(directory, packer, {
      put: async (key) => void (key.startsWith("bundles/") && written.push([key, ...puts])),
    });
    bundler.add(image(imageOf("git", "htop")));
    await bundler.finished();
    const [git, htop] = [await keyOf("git"), await keyOf("htop")];
    expect(written.map(([key]) => key)).toEqual([git, htop, git, htop]);
    const final = await bundleOf("git");
    expect(final && blobsOf(final).filter((key) => !written[2]?.includes(key))).toEqual([]);
  });

  test("is kept if a layer cannot be stored: the bundle before stays", async ({ directory, packer }) => {
    let blobs = 0;
    const { bundler, image, bundleOf, outcomes, failures } = await setUp(directory, packer, {
      // The first bundle has three layers.
      async put(key) {
        if (key.startsWith("blobs/") && ++blobs > 3) throw new StoreError("the store is full");
      },
    });
    bundler.add(image(imageOf("git")));
    await bundler.finished();
    expect((await bundleOf("git"))?.steps).toEqual([0]);
    expect([outcomes, failures]).toEqual([["failed"], [new StoreError("the store is full")]]);
  });
});

describe("a package with a whole bundle", () => {
  test("costs nothing in the same process", async ({ directory, packer }) => {
    const { bundler, image, puts, reads, packed, outcomes } = await setUp(directory, packer);
    const bundles = (keys: readonly string[]) => keys.filter((key) => key.startsWith("bundles/")).length;
    for (const names of [["git"], ["git"]]) {
      bundler.add(image(imageOf(...names)));
      await bundler.finished();
      expect([bundles(reads), bundles(puts), packed.length]).toEqual([2, 2, 4]);
    }
    expect(outcomes).toEqual(["written", "known"]);
  });

  test("is read once by another process, and nothing is packed or written", async ({ directory, packer }) => {
    const first = await setUp(directory, packer);
    first.bundler.add(first.image(imageOf("git")));
    await first.bundler.finished();
    const second = await setUp(directory, packer);
    second.bundler.add(second.image(imageOf("git")));
    await second.bundler.finished();
    expect([second.outcomes, second.packed, second.puts]).toEqual([["known"], [], []]);
    expect(second.reads).toEqual([LAYER_LIST_KEY, await second.keyOf("git")]);
  });

  test("is written again at the step of an image that needs a higher one, and keeps its other steps", async ({
    directory,
    packer,
  }) => {
    const first = await setUp(directory, packer);
    first.bundler.add(first.image(imageOf("git")));
    await first.bundler.finished();
    // An image of one layer needs a cut-off above its largest path.
    const second = await setUp(directory, packer, { shape: { maxStoreLayers: 1 } });
    second.bundler.add(second.image(imageOf("git")));
    await second.bundler.finished();
    const bundle = await second.bundleOf("git");
    expect([bundle?.steps, bundle?.solos.size, bundle?.rests.size]).toEqual([[...ALL_STEPS, 18], 2, 3]);
  });
});

test("the bundle of another package under the key is replaced", async ({ directory, packer }) => {
  const first = await setUp(directory, packer);
  first.bundler.add(first.image(imageOf("git", "htop")));
  await first.bundler.finished();
  const [git, htop] = [await first.bundleOf("git"), await first.bundleOf("htop")];
  const bytes = htop && (await encodeBundle(htop));
  if (!bytes) throw new Error("htop has no bundle");
  await first.store.put(
    await first.keyOf("git"),
    { kind: "bytes", bytes },
    { contentType: "application/octet-stream" },
  );
  const second = await setUp(directory, packer);
  second.bundler.add(second.image(imageOf("git")));
  await second.bundler.finished();
  expect(await second.bundleOf("git")).toEqual(git);
});

test("a bundle that lacks a layer of its steps is made again", async ({ directory, packer }) => {
  const first = await setUp(directory, packer);
  first.bundler.add(first.image(imageOf("git")));
  await first.bundler.finished();
  const whole = await first.bundleOf("git");
  // The rest layer of the first step is left.
  const lacking = whole && (await encodeBundle({ ...whole, rests: new Map([...whole.rests].slice(0, 1)) }));
  const content = { kind: "bytes", bytes: lacking ?? new Uint8Array() } as const;
  await first.store.put(await first.keyOf("git"), content, { contentType: "application/octet-stream" });
  const second = await setUp(directory, packer);
  second.bundler.add(second.image(imageOf("git")));
  await second.bundler.finished();
  expect(await second.bundleOf("git")).toEqual(whole);
});

test("packages of two images that wait share their places", async ({ directory, packer }) => {
  const { wait, open } = gate();
  const { bundler, image, outcomes } = await setUp(directory, packer, { giveWay: wait });
  for (const names of [["git"], ["git", "htop"], ["git"]]) bundler.add(image(imageOf(...names)));
  open();
  await bundler.finished();
  expect(outcomes).toEqual(["written", "written"]);
});

describe("builds go first", () => {
  test("before each package, and after each layer that is packed", async ({ directory, packer }) => {
    let asked = 0;
    const { bundler, image, packed } = await setUp(directory, packer, { giveWay: async () => void (asked += 1) });
    bundler.add(image(imageOf("git")));
    await bundler.finished();
    // Two bundles of the package.
    expect([packed.length, asked]).toEqual([4, 6]);
  });
});

describe("the files of an image are held", () => {
  test("until all of its packages are done", async ({ directory, packer }) => {
    const { bundler, image } = await setUp(directory, packer);
    let holds = 0;
    bundler.add(
      image(imageOf("git", "htop"), () => {
        holds += 1;
        return async () => void (holds -= 1);
      }),
    );
    expect(holds).toBe(2);
    await bundler.finished();
    expect(holds).toBe(0);
  });

  test("no longer after a failure", async ({ directory, packer }) => {
    const tree = () => Promise.reject(new Error("the path is gone"));
    const { bundler, image, outcomes } = await setUp(directory, packer, { tree });
    let holds = 0;
    bundler.add(
      image(imageOf("git"), () => {
        holds += 1;
        return async () => void (holds -= 1);
      }),
    );
    await bundler.finished();
    expect([holds, outcomes]).toEqual([0, ["failed"]]);
  });
});

test("the first failure after a success is told", async ({ directory, packer }) => {
  let isDown = true;
  const { bundler, image, failures, outcomes } = await setUp(directory, packer, {
    async put() {
      if (isDown) throw new StoreError("down");
    },
  });
  for (const down of [true, true, false, true]) {
    isDown = down;
    // Each package that has no bundle yet.
    bundler.add(image(down ? imageOf("git") : imageOf("htop")));
    await bundler.finished();
  }
  expect(outcomes).toEqual(["failed", "failed", "written", "failed"]);
  expect(failures).toHaveLength(2);
});

describe("an origin that stops", () => {
  test("makes only the first bundles that are missing", async ({ directory, packer }) => {
    const { wait, open } = gate();
    const { bundler, image, bundleOf, outcomes } = await setUp(directory, packer, {
      async giveWay(signal) {
        await wait();
        signal.throwIfAborted();
      },
    });
    bundler.add(image(imageOf("git", "htop")));
    const settled = bundler.settle();
    open();
    await settled;
    expect([(await bundleOf("git"))?.steps, (await bundleOf("htop"))?.steps]).toEqual([[0], [0]]);
    expect(outcomes).toEqual(["dropped", "dropped"]);
  });

  test("ends all work at once, and takes no more", async ({ directory, packer }) => {
    const { bundler, image, stop, outcomes, failures, puts } = await setUp(directory, packer, {
      put: () => until(() => stop.signal.aborted),
    });
    bundler.add(image(imageOf("git", "htop")));
    stop.abort(new Error("stopping"));
    await bundler.finished();
    bundler.add(image(imageOf("git")));
    await bundler.finished();
    expect([outcomes, failures, puts]).toEqual([["dropped", "dropped"], [], []]);
  });
});
