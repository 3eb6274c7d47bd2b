import { createServer } from "node:http";
import { describe, expect } from "vitest";
import { CacheError } from "../../../origin/caches/cache-error.ts";
import { startStandIn } from "../../stand-in/server.ts";
import { containing } from "../../matchers.ts";
import { listenLocally, rejection, writeTree } from "../fixtures.ts";
import { FILES, GLIBC, HELLO, INFO, KEY, open, test } from "./open-caches.ts";
import { makeKey, narInfoOf } from "./signed-path.ts";

const { signal } = new AbortController();
const FILE = `${"1".repeat(32)}.narinfo`;
const ADVICE = "add the cache's key to CORNICE_NIX_TRUSTED_KEYS, or trust the cache with ?trusted=1 behind its address";

/** Narinfos that a cache must not be believed. */
const LIES: readonly [what: string, narInfo: string, kind: string, words: string][] = [
  [
    "no signature",
    narInfoOf(HELLO, []),
    "signature",
    `has no trusted signature for hello-2.12 (it is not signed); ${ADVICE}`,
  ],
  [
    "an unknown key",
    narInfoOf(HELLO, [makeKey("other-1")]),
    "signature",
    `has no trusted signature for hello-2.12 (it is signed by other-1); ${ADVICE}`,
  ],
  [
    "somebody else's key of the same name",
    narInfoOf(HELLO, [makeKey(KEY.name)]),
    "signature",
    `has no trusted signature for hello-2.12 (it is signed by stand-in-1); ${ADVICE}`,
  ],
  [
    "another path, rightly signed",
    narInfoOf(GLIBC, [KEY]),
    "unusable",
    "describes hello-2.12 wrongly: it describes another store path",
  ],
  [
    "an archive elsewhere on the machine",
    narInfoOf(HELLO, [KEY], { url: "../../etc/passwd" }),
    "unusable",
    "describes hello-2.12 wrongly: URL leads out of the cache",
  ],
  ["a page of HTML", "<html>", "unusable", "describes hello-2.12 wrongly: line 1 has no name"],
];

describe("a cache that lies with", () => {
  test.for(LIES)("%s does not hide the next one", async ([, narInfo, kind, words], { directory, folder }) => {
    const liar = await writeTree(`${directory}/liar`, { ...FILES, [FILE]: narInfo });
    const { caches, faults } = open(`${liar} ${folder}`);
    expect(await caches.find(HELLO, { signal })).toMatchObject({ archive: { cache: folder } });
    expect(faults).toMatchObject([{ cache: liar, kind, words, isWhole: false }]);
  });

  test.for(LIES)("%s is an error if no other one has the path", async ([, narInfo, , words], { directory }) => {
    const [liar, second] = [`${directory}/liar`, `${directory}/second`];
    for (const path of [liar, second]) await writeTree(path, { "nix-cache-info": INFO, [FILE]: narInfo });
    const error = await rejection(open(`${liar} ${second}`).caches.find(HELLO, { signal }));
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({
      message: `hello-2.12: the binary cache ${liar} ${words}; the binary cache ${second} ${words}`,
      cache: liar,
      isTransient: false,
    });
  });
});

test("a trusted cache needs no signature", async ({ directory }) => {
  const cache = await writeTree(`${directory}/trusted`, { ...FILES, [FILE]: narInfoOf(HELLO, []) });
  const { caches, faults } = open(`${cache}?trusted=1`);
  expect(await caches.find(HELLO, { signal })).toMatchObject({ path: HELLO });
  expect(faults).toEqual([]);
});

describe("a cache that fails", () => {
  const cases: readonly [faults: string, kind: string, words: string, isTransient: boolean][] = [
    ["500", "refused", "answers HTTP error 500", true],
    ["narinfo500", "refused", "answers HTTP error 500", true],
    ["password=x", "refused", "answers HTTP error 401; it needs a password (CORNICE_NIX_NETRC)", false],
    ["hang", "slow", "does not answer, or stops answering", true],
  ];

  test.for(cases)("with %s does not hide the next one", async ([fault, kind, words], { remote, folder }) => {
    const { caches, faults } = open(`${remote.url(fault)} ${folder}`, { downloadSilenceS: 1 });
    expect(await caches.find(HELLO, { signal })).toMatchObject({ archive: { cache: folder } });
    expect(faults).toEqual([{ cache: remote.url(fault), kind, words, isWhole: true }]);
  });

  test.for(cases)(
    "with %s is an error if no other one has the path",
    async ([fault, , words, isTransient], { remote, folder }) => {
      const { caches } = open(`${remote.url(fault)} ${folder}`, { downloadSilenceS: 1 });
      const error = await rejection(caches.find(GLIBC, { signal }));
      expect(error).toMatchObject({
        name: "CacheError",
        message: `glibc-2.40: the binary cache ${remote.url(fault)} ${words}`,
        cache: remote.url(fault),
        isTransient,
      });
    },
  );

  test("is asked three times, and again after 30 seconds", async ({ remote }) => {
    const { caches, faults, pass } = open(remote.url("narinfo500"));
    for (const [ms, requests] of [
      [0, 3],
      [29_000, 3],
      [2000, 6],
    ] as const) {
      pass(ms);
      await rejection(caches.find(HELLO, { signal }));
      expect(remote.requests("narinfo refused")).toBe(requests);
    }
    expect(faults).toHaveLength(1);
    pass(31_000);
    await rejection(caches.find(HELLO, { signal }));
    expect(faults).toHaveLength(2);
  });

  test("without a server", async () => {
    const server = await startStandIn({});
    await server.stop();
    const error = await rejection(open(server.url).caches.find(HELLO, { signal }));
    const message = `hello-2.12: the binary cache ${server.url} cannot be reached: ECONNREFUSED`;
    expect(error).toMatchObject({ message, isTransient: true });
  });

  test("tells no password", async ({ serve }) => {
    const { url } = await serve(() => ({ status: 500, body: "" }));
    const { caches, faults } = open(`${url.replace("://", "://reader:sesame@")}?priority=1`);
    const error = await rejection(caches.find(HELLO, { signal }));
    expect(error).toMatchObject({ cache: url, message: `hello-2.12: the binary cache ${url} answers HTTP error 500` });
    expect(JSON.stringify(faults)).not.toContain("sesame");
  });

  test("with too long an answer", async ({ serve }) => {
    const body = "x".repeat(1_048_577);
    const { url } = await serve(({ path }) => ({ status: 200, body: path === "/nix-cache-info" ? INFO : body }));
    expect(await rejection(open(url).caches.find(HELLO, { signal }))).toMatchObject({ isTransient: false });
  });
});

test("a cache that sends byte after byte is slow", async ({ onTestFinished }) => {
  const server = createServer((request, response) => {
    if (request.url === "/nix-cache-info") return response.end(INFO);
    const timer = setInterval(() => response.write("x"), 50);
    return response.once("close", () => clearInterval(timer));
  });
  const { caches } = open(await listenLocally(server, onTestFinished), { downloadSilenceS: 1 });
  const message = containing("does not answer, or stops answering");
  expect(await rejection(caches.find(HELLO, { signal }))).toMatchObject({ message });
});

describe("a cache that is none", () => {
  test.for([
    ["nothing", {}],
    ["a page of HTML", { "nix-cache-info": "<html></html>" }],
  ] as const)("with %s for a nix-cache-info is a fault", async ([, tree], { directory, folder }) => {
    const cache = await writeTree(`${directory}/none`, tree);
    const { caches, faults } = open(`${cache} ${folder}`);
    expect(await caches.find(HELLO, { signal })).toMatchObject({ archive: { cache: folder } });
    expect(faults).toMatchObject([{ cache, kind: "refused", isWhole: true }]);
    expect(await rejection(caches.find(GLIBC, { signal }))).toMatchObject({ name: "CacheError", cache });
  });

  test("because it is for another store is left out", async ({ directory, folder }) => {
    const cache = await writeTree(`${directory}/other`, { ...FILES, "nix-cache-info": "StoreDir: /gnu/store\n" });
    const { caches, faults } = open(`${cache} ${folder}`);
    expect(await caches.find(HELLO, { signal })).toMatchObject({ archive: { cache: folder } });
    expect(await caches.find(GLIBC, { signal })).toBeUndefined();
    const words = 'is for the store "/gnu/store", and not for /nix/store; it is left out';
    expect(faults).toEqual([{ cache, kind: "unusable", words, isWhole: true }]);
  });
});
