import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { waitForIndex } from "../../../origin/index/waiting-tags.ts";
import type { Revision } from "../../../origin/sources/revision.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { indexedRefKey } from "../../../protocol/storage-keys.ts";
import { settingsText } from "../../../origin/index/index-place.ts";
import { test } from "../fixtures.ts";

const SETTINGS = { source: "channel:nixos-25.11", nix: {}, restrictsPath: true };
const [OLD, NEW] = ["1".repeat(40), "2".repeat(40)];
const TIMEOUT_MS = 1000;

function revisionOf(revision: string, isExact = true): Revision {
  return { revision, isExact, fetch: () => Promise.reject(new Error("nobody fetches")) };
}

/** A source whose only tag is `latest`, and an origin that waits for indexes. A commit is a tag while it is in `commits`. */
function setUp(directory: string) {
  const state = { now: 0, latest: OLD, indexed: new Set([OLD]), commits: new Set([OLD, NEW]), isExact: true };
  const resolve = vi.fn(async (tag: string) => {
    if (tag !== "latest" && !state.commits.has(tag)) throw new Error(`no such tag: ${tag}`);
    return revisionOf(tag === "latest" ? state.latest : tag, state.isExact);
  });
  const onGiveUp = vi.fn();
  const store = createDiskStore(directory);
  const start = () =>
    waitForIndex(resolve, {
      index: { hasIndex: async ({ revision }) => state.indexed.has(revision) },
      store,
      settings: SETTINGS,
      architecture: "amd64",
      timeoutMs: TIMEOUT_MS,
      now: () => state.now,
      onGiveUp,
    });
  return { state, start, onGiveUp };
}

describe("a tag that has moved", () => {
  test("stays at the last revision with an index, until the new one has an index", async ({ directory }) => {
    const { state, start } = setUp(directory);
    const resolve = start();
    expect((await resolve("latest")).revision).toBe(OLD);
    state.latest = NEW;
    expect((await resolve("latest")).revision).toBe(OLD);
    state.indexed.add(NEW);
    expect((await resolve("latest")).revision).toBe(NEW);
  });

  test("stays there after a start of the origin", async ({ directory }) => {
    const { state, start } = setUp(directory);
    await start()("latest");
    state.latest = NEW;
    expect((await start()("latest")).revision).toBe(OLD);
  });

  test("moves after the time limit, and one line says so", async ({ directory }) => {
    const { state, start, onGiveUp } = setUp(directory);
    const resolve = start();
    await resolve("latest");
    state.latest = NEW;
    await resolve("latest");
    state.now = TIMEOUT_MS;
    for (let times = 0; times < 2; times++) expect((await resolve("latest")).revision).toBe(NEW);
    expect(onGiveUp.mock.calls).toEqual([[`latest moves to ${NEW}, which has no index of names yet`]]);
  });

  test("waits anew for each revision", async ({ directory }) => {
    const { state, start } = setUp(directory);
    const resolve = start();
    await resolve("latest");
    state.latest = NEW;
    await resolve("latest");
    [state.now, state.latest] = [TIMEOUT_MS, "3".repeat(40)];
    expect((await resolve("latest")).revision).toBe(OLD);
  });
});

describe("a tag moves at once", () => {
  test("if no revision of it had an index", async ({ directory }) => {
    const { state, start } = setUp(directory);
    state.indexed.clear();
    expect((await start()("latest")).revision).toBe(OLD);
  });

  test("if the source does not give the last revision any more", async ({ directory }) => {
    const { state, start } = setUp(directory);
    await start()("latest");
    state.latest = NEW;
    state.commits.clear();
    expect((await start()("latest")).revision).toBe(NEW);
  });

  test.for(["damaged", '{"version":2,"revision":"x"}', '{"version":1,"revision":7}'])(
    "if the record is %s",
    async (record, { directory }) => {
      const { state, start } = setUp(directory);
      await start()("latest");
      await writeFile(join(directory, await indexedRefKey(settingsText(SETTINGS, undefined), "latest")), record);
      state.latest = NEW;
      expect((await start()("latest")).revision).toBe(NEW);
    },
  );

  test("if its files may change", async ({ directory }) => {
    const { state, start } = setUp(directory);
    const resolve = start();
    await resolve("latest");
    [state.latest, state.isExact] = [NEW, false];
    expect((await resolve("latest")).revision).toBe(NEW);
  });
});

test("a commit never waits", async ({ directory }) => {
  const { state, start } = setUp(directory);
  await start()("latest");
  state.latest = NEW;
  expect((await start()(NEW)).revision).toBe(NEW);
});
