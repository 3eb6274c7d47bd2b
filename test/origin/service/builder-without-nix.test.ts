import { copyFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { storePathHash } from "../../../image/closure/store-path.ts";
import { closurePathsKey, treeKey } from "../../../protocol/storage-keys.ts";
import { archiveName } from "../caches/filled-cache.ts";
import { rejection } from "../fixtures.ts";
import { originWithoutNix, PATHS, test } from "./cached-images.ts";

const [GLIBC, , HELLO] = PATHS;

describe("an image whose paths are in a binary cache", () => {
  test("is made, and tells what arrives", async ({ directory, cache }) => {
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok") });
    const { digest, phases, work, events } = await origin.build("bash", "hello");
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(phases()).toEqual(["resolve", "evaluate", "realise", "group", "pack", "publish"]);
    const names = work().flatMap(({ name, state }) => (state === "ended" ? name : []));
    expect(names.toSorted()).toEqual(["bash-5.2", "glibc-2.40", "hello-2.12"]);
    const last = events.findLast((event) => event.event === "download");
    expect(last).toMatchObject({ done: last?.total });
    expect(await readdir(origin.spool)).toEqual([]);
    expect(origin.faults).toEqual([]);
  });

  test("has one digest, whichever cache and compression its paths come in", async ({ directory, cache }) => {
    await using first = await originWithoutNix(directory, { settings: cache.settings("ok") });
    await using second = await originWithoutNix(directory, { settings: cache.settings("truncfirst", "ok") });
    expect((await second.build("hello")).digest).toBe((await first.build("hello")).digest);
  });

  test("is made without any archive and narinfo if its packages are known", async ({ directory, cache }) => {
    await using first = await originWithoutNix(directory, { settings: cache.settings("ok") });
    await first.build("bash");
    await first.build("hello");
    const before = [cache.requests("nar"), cache.requests("narinfo")];
    await using second = await originWithoutNix(directory, { settings: cache.settings("ok"), store: first.store });
    await second.build("bash", "hello");
    expect([cache.requests("nar"), cache.requests("narinfo")]).toEqual(before);
  });

  test("fetches one archive if only the record of a tree is gone", async ({ directory, cache }) => {
    await using first = await originWithoutNix(directory, { settings: cache.settings("ok") });
    const { digest } = await first.build("bash", "hello");
    const before = cache.requests("nar");
    const objects = (await readdir(directory)).find((name) => name.startsWith("origin-")) ?? "";
    const store = join(directory, objects, "store");
    await rm(join(store, treeKey(storePathHash(HELLO?.path ?? ""))));
    await rm(join(store, "images"), { recursive: true });
    await rm(join(store, "requests"), { recursive: true });
    await using second = await originWithoutNix(directory, { settings: cache.settings("ok"), store: first.store });
    expect((await second.build("bash", "hello")).digest).toBe(digest);
    expect(cache.requests("nar") - before).toBe(1);
  });

  test("asks the caches again if the record of a closure is damaged", async ({ directory, cache }) => {
    await using first = await originWithoutNix(directory, { settings: cache.settings("ok") });
    await first.build("hello");
    const bytes = new TextEncoder().encode('{"version":1,"paths":[["x",1,"",[7]]]}');
    const key = closurePathsKey(storePathHash(HELLO?.path ?? ""));
    await first.store.put(key, { kind: "bytes", bytes }, { contentType: "application/json" });
    const before = cache.requests("narinfo");
    await using second = await originWithoutNix(directory, { settings: cache.settings("ok"), store: first.store });
    await second.build("bash", "hello");
    expect(cache.requests("narinfo")).toBeGreaterThan(before);
  });
});

describe("if the first of two caches fails, the second one is used, and the operator is told", () => {
  test.for<[fault: string, kind: string]>([
    ["badsig", "signature"],
    ["unsigned", "signature"],
    ["500", "refused"],
    ["narinfo500", "refused"],
    ["nar404", "archive"],
    ["corrupt", "archive"],
  ])("%s", async ([fault, kind], { directory, cache }) => {
    await using origin = await originWithoutNix(directory, { settings: cache.settings(fault, "ok") });
    await using healthy = await originWithoutNix(directory, { settings: cache.settings("ok") });
    expect((await origin.build("hello")).digest).toBe((await healthy.build("hello")).digest);
    expect(origin.faults.map((found) => found.kind)).toContain(kind);
  });
});

describe("if the only cache fails, nothing is stored, and the message names the cache and the path", () => {
  test.for<[fault: string, words: RegExp]>([
    ["badsig", /(glibc|hello)-2\.\d+: the binary cache http:\S+\/badsig has no trusted signature/],
    ["500", /the binary cache http:\S+\/500 answers HTTP error 500/],
    [
      "nar404",
      /(glibc|hello)-2\.\d+: the binary cache http:\S+\/nar404 knows the store path, but has lost its archive/,
    ],
    ["corrupt", /the binary cache http:\S+\/corrupt gives a damaged archive of (glibc|hello)-2/],
  ])("%s", async ([fault, words], { directory, cache }) => {
    await using origin = await originWithoutNix(directory, { settings: cache.settings(fault) });
    const error = await rejection(origin.build("hello"));
    expect(String(error)).toMatch(words);
    expect(await origin.store.hasAny("blobs/")).toBe(false);
    expect(await origin.store.hasAny("manifests/")).toBe(false);
    expect(await readdir(origin.spool)).toEqual([]);
  });

  test("an archive of another path", async ({ directory, cache }) => {
    if (!GLIBC || !HELLO) throw new Error("the cache is empty");
    await copyFile(join(cache.folder, archiveName(GLIBC)), join(cache.folder, archiveName(HELLO)));
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok") });
    expect(String(await rejection(origin.build("hello")))).toMatch(/hello-2\.12: the binary cache http:\S+\/ok /);
    expect(await origin.store.hasAny("manifests/")).toBe(false);
  });

  test("a narinfo of another path", async ({ directory, cache }) => {
    if (!GLIBC || !HELLO) throw new Error("the cache is empty");
    const infoOf = (path: string) => join(cache.folder, `${storePathHash(path)}.narinfo`);
    await copyFile(infoOf(GLIBC.path), infoOf(HELLO.path));
    await using origin = await originWithoutNix(directory, { settings: cache.settings("ok") });
    expect(String(await rejection(origin.build("hello")))).toMatch(/hello-2\.12: the binary cache http:\S+\/ok /);
  });
});

test("without Nix, a path that no cache has is refused in words", async ({ directory, cache }) => {
  await writeFile(join(cache.folder, `${storePathHash(GLIBC?.path ?? "")}.narinfo`), "");
  await rm(join(cache.folder, `${storePathHash(GLIBC?.path ?? "")}.narinfo`));
  await using origin = await originWithoutNix(directory, { settings: cache.settings("ok") });
  expect(await rejection(origin.build("hello"))).toMatchObject({
    code: "MANIFEST_UNKNOWN",
    message: "this build service has no Nix and builds nothing: no binary cache has hello-2.12 with all that it needs",
  });
});

test("without Nix, a layer that is lost in R2 and in the caches is refused in words", async ({ directory, cache }) => {
  await using first = await originWithoutNix(directory, { settings: cache.settings("ok") });
  await first.build("hello");
  await using second = await originWithoutNix(directory, {
    settings: cache.settings("narinfo404"),
    store: { ...first.store, head: async (key) => (key.startsWith("blobs/") ? undefined : first.store.head(key)) },
  });
  expect(String(await rejection(second.build("bash", "hello")))).toContain("no binary cache has");
});
