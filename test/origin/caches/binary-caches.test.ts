import { pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { CacheError } from "../../../origin/caches/cache-error.ts";
import { rejection, writeTree } from "../fixtures.ts";
import { FILES, GLIBC, HELLO, INFO, open, test } from "./open-caches.ts";
import { NAR_HASH, NAR_SIZE } from "./signed-path.ts";

const { signal } = new AbortController();

describe("a path that a cache has", () => {
  test("is told with its archive", async ({ remote }) => {
    const { caches, faults } = open(remote.url());
    expect(await caches.find(HELLO, { signal })).toEqual({
      path: HELLO,
      narHash: NAR_HASH,
      narSize: NAR_SIZE,
      references: [HELLO, GLIBC],
      cache: { address: remote.url(), key: "stand-in-1" },
      archive: {
        cache: remote.url(),
        url: `${remote.url()}/nar/a.nar.xz`,
        headers: {},
        compression: "xz",
        fileSize: 100,
      },
    });
    expect(faults).toEqual([]);
  });

  test("is told by a folder", async ({ folder }) => {
    const { caches } = open(folder);
    const url = `${pathToFileURL(folder).href}/nar/a.nar.xz`;
    expect(await caches.find(HELLO, { signal })).toMatchObject({ archive: { cache: folder, url } });
    expect(await caches.find(GLIBC, { signal })).toBeUndefined();
  });

  test("is asked for with the password, and told without it", async ({ remote }) => {
    const address = remote.url("password=sesame").replace("://", "://reader:sesame@");
    const { caches } = open(address);
    const authorization = `Basic ${Buffer.from("reader:sesame").toString("base64")}`;
    const cache = remote.url("password=sesame");
    expect(await caches.find(HELLO, { signal })).toMatchObject({ archive: { cache, headers: { authorization } } });
  });

  test("is remembered for five minutes", async ({ remote }) => {
    const { caches, pass } = open(remote.url());
    for (const [ms, requests] of [
      [0, 1],
      [299_000, 1],
      [2000, 2],
    ] as const) {
      pass(ms);
      await caches.find(HELLO, { signal });
      expect(remote.requests("narinfo")).toBe(requests);
    }
    expect(remote.requests("cache")).toBe(1);
  });

  test("is found after a server error", async ({ remote }) => {
    const { caches, faults } = open(remote.url("503first"));
    expect(await caches.find(HELLO, { signal })).toMatchObject({ path: HELLO });
    expect(faults).toEqual([]);
  });
});

test("a path that no cache has is remembered for a minute", async ({ remote }) => {
  const { caches, pass } = open(`${remote.url()} ${remote.url("narinfo404")}`);
  for (const [ms, requests] of [
    [0, 2],
    [59_000, 2],
    [2000, 4],
  ] as const) {
    pass(ms);
    expect(await caches.find(GLIBC, { signal })).toBeUndefined();
    expect(remote.requests("narinfo missing")).toBe(requests);
  }
});

test.for([403, 410])("HTTP status %i says that a path is missing", async (status, { serve }) => {
  const { url } = await serve(({ path }) =>
    path === "/nix-cache-info" ? { status: 200, body: INFO } : { status, body: "" },
  );
  expect(await open(url).caches.find(HELLO, { signal })).toBeUndefined();
});

describe("the order of caches", () => {
  const used = async (substituters: string, except?: string) => {
    const { caches } = open(substituters);
    const found = await caches.find(HELLO, { signal, ...(except === undefined ? {} : { except: new Set([except]) }) });
    return found?.archive.cache;
  };

  test("is that of the settings, if they have one priority", async ({ remote, folder }) => {
    expect(await used(`${remote.url()} ${folder}`)).toBe(remote.url());
    expect(await used(`${folder} ${remote.url()}`)).toBe(folder);
  });

  test("is that of their own priorities", async ({ remote, directory }) => {
    const second = await writeTree(`${directory}/second`, { ...FILES, "nix-cache-info": INFO.replace("30", "20") });
    expect(await used(`${remote.url()} ${second}`)).toBe(second);
    const none = await writeTree(`${directory}/none`, { ...FILES, "nix-cache-info": "StoreDir: /nix/store\n" });
    expect(await used(`${second} ${none}`)).toBe(none);
  });

  test("is that of priorities in addresses", async ({ remote, folder }) => {
    expect(await used(`${remote.url()} ${folder}?priority=29`)).toBe(folder);
    expect(await used(`${remote.url()}?priority=31 ${folder}`)).toBe(folder);
  });

  test("leaves out the caches that the caller names", async ({ remote, folder }) => {
    expect(await used(`${remote.url()} ${folder}`, remote.url())).toBe(folder);
    expect(await used(folder, folder)).toBeUndefined();
  });
});

test("a caller who leaves ends his own wait alone", async ({ remote }) => {
  const { caches } = open(remote.url("latency=200"));
  const leaving = rejection(caches.find(HELLO, { signal: AbortSignal.timeout(50) }));
  expect(await caches.find(HELLO, { signal })).toMatchObject({ path: HELLO });
  expect(await leaving).toMatchObject({ name: "TimeoutError" });
});

test("a caller who leaves does not wait for a cache that is silent", async ({ remote }) => {
  const { caches } = open(remote.url("hang"));
  await rejection(caches.find(HELLO, { signal: AbortSignal.timeout(50) }));
  expect(remote.requests("cache refused")).toBe(1);
});

test("what is no store path is a defect of the caller", async ({ remote }) => {
  const error = await rejection(open(remote.url()).caches.find("/etc/passwd", { signal }));
  expect(error).toBeInstanceOf(TypeError);
  expect(error).not.toBeInstanceOf(CacheError);
});
