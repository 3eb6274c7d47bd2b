import { describe, expect, vi } from "vitest";
import { FORMAT_VERSION } from "../../../image/layers/format-version.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { findPackages } from "../../../image/names/find-packages.ts";
import { buildImage } from "../../../origin/builds/build-image.ts";
import { type ObjectStore, readBytes, readRecord } from "../../../origin/stores/object-store.ts";
import { parseRefRecord } from "../../../protocol/ref-record.ts";
import { platformIndexPrefix, refKey, storedTagKey } from "../../../protocol/storage-keys.ts";
import { tagRecordJson } from "../../../protocol/tag-record.ts";
import { matching } from "../../matchers.ts";
import { test } from "../fixtures.ts";
import { EVALUATION, NEVER, openNotes, REQUEST, setUp } from "./known-image.ts";

const SUCCESS = { status: 200, body: '{"success":true}' };
const COMMIT = "c".repeat(40);

/** An origin without binary caches: Nix evaluates. */
async function setUpAt(directory: string, url: string, isExact = true) {
  const { context, recorded } = await setUp(directory, url);
  const { store, config } = context;
  const resolveTag = async () => ({
    revision: COMMIT,
    isExact,
    fetch: async () => ({ kind: "path", location: "/pkgs", revision: COMMIT }) as const,
  });
  const build = (tag: string, changed: Partial<typeof context> = {}) =>
    buildImage({ ...context, resolveTag, ...changed }, { ...REQUEST, tag }, recorded.onEvent, NEVER);
  const refOf = async (tag: string) => parseRefRecord(await readRecord(store, await refKey(REQUEST.source, tag)));
  return { store, config, build, refOf };
}

/** A store that calls `onPut` before it writes. */
function watchedPuts(store: ObjectStore, onPut: (key: string) => Promise<void>): ObjectStore {
  return {
    ...store,
    async put(key, ...rest) {
      await onPut(key);
      await store.put(key, ...rest);
    },
  };
}

describe("a build leaves all that the edge needs to find its packages:", () => {
  test("what the ref stands for, and the settings of the origin", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { config, build, refOf } = await setUpAt(directory, server.url);
    const { resolvedAt } = await build("latest");
    const { maxStoreLayers, compression, maxImageBytes } = config;
    expect(await refOf("latest")).toEqual({
      revision: COMMIT,
      resolvedAt,
      index: matching(new RegExp(`^index/[0-9a-f]{16}/${COMMIT}/$`)),
      shape: { format: FORMAT_VERSION, maxStoreLayers, compression, popularity: NO_POPULARITY.hash },
      maxImageBytes,
      evaluation: {},
    });
  });

  test("what the names lead to, also if Nix makes all images", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { store, build, refOf } = await setUpAt(directory, server.url);
    await build("latest");
    const prefix = platformIndexPrefix((await refOf("latest"))?.index ?? "", "x86_64-linux");
    const found = await findPackages((key, maxBytes) => readBytes(store, key, maxBytes), prefix, REQUEST.packages);
    const { name, attribute, path, requested } = EVALUATION.found[0] ?? expect.fail("an evaluation finds git");
    expect(found).toEqual([{ name, attribute, path, requested }]);
  });

  test("also for another tag of a known image, and for a commit", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { build, refOf } = await setUpAt(directory, server.url);
    for (const tag of ["latest", "main", COMMIT]) await build(tag);
    expect([(await refOf("main"))?.revision, (await refOf(COMMIT))?.revision]).toEqual([COMMIT, COMMIT]);
  });

  test("the ref comes after the names, and the tag waits for neither", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { store, config, build } = await setUpAt(directory, server.url);
    const tagKey = await storedTagKey({ ...REQUEST, tag: "latest" });
    const order: string[] = [];
    const watched = watchedPuts(store, async (key) => {
      if (key.startsWith("index/")) await vi.waitUntil(async () => (await store.head(tagKey)) !== undefined);
      order.push(key.slice(0, key.indexOf("/")));
    });
    await build("latest", openNotes(config, watched));
    expect(order).toEqual(["index", "index", "index", "refs"]);
  });
});

describe("a build leaves no ref", () => {
  test("if the files of the revision may change", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { store, build, refOf } = await setUpAt(directory, server.url, false);
    await build("latest");
    expect([await refOf("latest"), await store.hasAny("index/")]).toEqual([undefined, false]);
  });

  test.for(["refs/", "index/"])(
    "or no names, if %s cannot be written, and publishes all the same",
    async (prefix, { directory, serve }) => {
      const server = await serve(() => SUCCESS);
      const { store, config, build } = await setUpAt(directory, server.url);
      const full = watchedPuts(store, async (key) => {
        if (key.startsWith(prefix)) throw new Error("full");
      });
      const record = await build("latest", openNotes(config, full));
      expect(await readRecord(store, await storedTagKey({ ...REQUEST, tag: "latest" }))).toEqual(tagRecordJson(record));
      expect(await store.hasAny(prefix)).toBe(false);
    },
  );
});
