import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { createRefNotes } from "../../../origin/refs/ref-notes.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { readRecord } from "../../../origin/stores/object-store.ts";
import { parseRefRecord } from "../../../protocol/ref-record.ts";
import { refKey } from "../../../protocol/storage-keys.ts";
import { matching } from "../../matchers.ts";
import { test } from "../fixtures.ts";

const SOURCE = "channel:nixos-25.11";
const SHAPE = { format: 8, maxStoreLayers: 100, compression: "gzip", popularity: "a".repeat(64) } as const;
const SETTINGS = {
  names: { source: SOURCE, nix: { nixpkgsConfig: '{"allowUnfree":true}' }, restrictsPath: true },
  shape: SHAPE,
  maxImageBytes: 1_048_576,
};
const [OLD, NEW] = ["1".repeat(40), "2".repeat(40)];
const at = (revision: string) => ({ revision, isExact: true });
/** A time of one day. */
const time = (clock: string) => `2026-01-02T${clock}.000Z`;

function setUp(directory: string, settings = SETTINGS) {
  const store = createDiskStore(join(directory, "objects"));
  const put = vi.spyOn(store, "put");
  const read = async (tag: string) => parseRefRecord(await readRecord(store, await refKey(SOURCE, tag)));
  return { refs: createRefNotes(store, settings), put, read };
}

test("a record has the revision, its index, and the settings of the origin", async ({ directory }) => {
  const { refs, read } = setUp(directory);
  await refs.note("latest", { ...at(OLD), nixpkgs: NEW }, time("10:00:00"));
  expect(await read("latest")).toEqual({
    revision: OLD,
    resolvedAt: time("10:00:00"),
    index: matching(new RegExp(`^index/[0-9a-f]{16}/${OLD}/$`)),
    shape: SHAPE,
    maxImageBytes: 1_048_576,
    evaluation: { nixpkgs: NEW, nixpkgsConfig: '{"allowUnfree":true}' },
  });
});

test("each tag has a record of its own, and so has a commit", async ({ directory }) => {
  const { refs, read } = setUp(directory);
  for (const tag of ["latest", "main", OLD]) await refs.note(tag, at(OLD), time("10:00:00"));
  for (const tag of ["latest", "main", OLD]) expect(await read(tag)).toMatchObject({ revision: OLD });
});

test("a revision that may change has no record", async ({ directory }) => {
  const { refs, put } = setUp(directory);
  await refs.note("latest", { revision: "unversioned", isExact: false }, time("10:00:00"));
  expect(put).not.toHaveBeenCalled();
});

describe("an equal record", () => {
  test("is written at most once a minute", async ({ directory }) => {
    const { refs, put, read } = setUp(directory);
    for (const clock of ["10:00:00", "10:00:59", "10:01:00", "10:01:30"])
      await refs.note("latest", at(OLD), time(clock));
    expect(put).toHaveBeenCalledTimes(2);
    expect(await read("latest")).toMatchObject({ resolvedAt: time("10:01:00") });
  });

  test("of several builds at once is written once", async ({ directory }) => {
    const { refs, put } = setUp(directory);
    await Promise.all(["10:00:00", "10:00:01", "10:00:02"].map((clock) => refs.note("latest", at(OLD), time(clock))));
    expect(put).toHaveBeenCalledOnce();
  });
});

test("a tag that moves is written at once", async ({ directory }) => {
  const { refs, read } = setUp(directory);
  await refs.note("latest", at(OLD), time("10:00:00"));
  await refs.note("latest", at(NEW), time("10:00:01"));
  expect(await read("latest")).toMatchObject({ revision: NEW, index: matching(`/${NEW}/`) });
});

test("a build that began before the tag moved does not take it back", async ({ directory }) => {
  const { refs, read } = setUp(directory);
  await refs.note("latest", at(NEW), time("10:10:00"));
  await refs.note("latest", at(OLD), time("10:00:00"));
  expect(await read("latest")).toMatchObject({ revision: NEW });
});

test("a store that fails is asked again at the next build", async ({ directory }) => {
  const { refs, put, read } = setUp(directory);
  put.mockRejectedValueOnce(new Error("full"));
  await refs.note("latest", at(OLD), time("10:00:00"));
  expect(await read("latest")).toBeUndefined();
  await refs.note("latest", at(OLD), time("10:00:01"));
  expect(await read("latest")).toMatchObject({ revision: OLD });
});
