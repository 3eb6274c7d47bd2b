import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { IndexedPackage } from "../../../protocol/package-index.ts";
import { packageIndexKey } from "../../../protocol/storage-keys.ts";
import { basic, restricted } from "../access/users.ts";
import { startIsolate } from "../client.ts";
import { countStores } from "../counting.ts";
import { spyOnLog } from "../failure-log.ts";
import { failingKv, failingR2 } from "../outages.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const PATH = "/api/packages";
const ROWS: readonly IndexedPackage[] = [
  ["bashinteractive", "5.2", "the shell"],
  ["git", "2.51", 'says "hello", and has a \\ and ],[ in its text'],
  ["mytool", "1.0", "a secret tool"],
  ["nano", "8.0", "an editor, “ü”"],
  ["python3packages.requests", "2.32", ""],
  ["python3packages.secret", "1", ""],
];

/** Stores a list as the origin does. It is longer than what a stream passes on at once. */
async function storeIndex(rows: readonly IndexedPackage[], revision = "0123abc"): Promise<void> {
  const index = { source: "git:https://git.example/secret", revision, packages: rows };
  const body = new Response(JSON.stringify(index)).body?.pipeThrough(new CompressionStream("gzip"));
  await env.R2.put(await packageIndexKey(env.PACKAGE_SOURCE), await new Response(body).arrayBuffer());
}

function filler(count: number): IndexedPackage[] {
  return Array.from({ length: count }, (_, index) => [`zz${index}`, "1.0", `what zz${index} is for`]);
}

async function namesFor(rules: string, rows = ROWS): Promise<unknown> {
  await storeIndex(rows);
  const response = await startIsolate(restricted("token", rules)).settle(PATH);
  expect(response.status).toBe(200);
  return response.json();
}

describe("guests get the packages that are public to them, and nothing of the source", () => {
  test.each<[rules: string, names: string[]]>([
    ["git", ["git"]],
    ["python3packages.* git", ["git", "python3packages.requests", "python3packages.secret"]],
    ["shell", ["bashinteractive", "nano"]],
    ["shell/git", ["bashinteractive", "git", "nano"]],
    ["nothing", []],
  ])("PUBLIC=%j", async (rules, names) => {
    const packages = ROWS.filter(([name]) => names.includes(name));
    expect(await namesFor(rules)).toEqual({ packages });
  });

  test("a rule that lets guests add any package shows them all packages", async () => {
    expect(await namesFor("shell/*")).toEqual({ packages: ROWS });
  });

  test("of a long list", async () => {
    const rows = [...filler(50_000), ...ROWS, ...filler(50_000)];
    expect(await namesFor("git nano", rows)).toEqual({ packages: [ROWS[1], ROWS[3]] });
  });

  test("of an empty list", async () => {
    expect(await namesFor("git", [])).toEqual({ packages: [] });
  });
});

describe("the list of a guest", () => {
  const settings = restricted("basic", "git");
  const GZIP = { headers: { "Accept-Encoding": "gzip" } };

  test("is compressed for a client that can read it", async () => {
    await storeIndex(ROWS);
    const response = await startIsolate(settings).call(PATH, GZIP).response;
    expect(response.headers.get("Content-Encoding")).toBe("gzip");
    const text = await new Response(response.body?.pipeThrough(new DecompressionStream("gzip"))).text();
    expect(text).toBe(JSON.stringify({ packages: [ROWS[1]] }));
  });

  test("is asked for again after the login, and is not sent again to a guest that has it", async () => {
    await storeIndex(ROWS);
    const isolate = startIsolate(settings);
    const first = await isolate.settle(PATH, GZIP);
    expect(first.headers.get("Cache-Control")).toBe("private, no-cache");
    const again = { headers: { ...GZIP.headers, "If-None-Match": first.headers.get("ETag") ?? "" } };
    for (const place of [isolate, startIsolate(settings)]) expect((await place.settle(PATH, again)).status).toBe(304);
    const user = { headers: { ...again.headers, Authorization: basic("alice", "wonderland") } };
    const whole = await isolate.settle(PATH, user);
    expect(whole.status).toBe(200);
    expect(whole.headers.get("ETag")).not.toBe(first.headers.get("ETag"));
    const others = await startIsolate(restricted("basic", "nano")).settle(PATH, again);
    expect(others.status).toBe(200);
    await storeIndex(ROWS, "another");
    expect((await startIsolate(settings).settle(PATH, again)).status).toBe(200);
  });

  test("comes from the data centre's cache the second time, and each set of rules has its own", async () => {
    await storeIndex(ROWS);
    const stores = countStores();
    const shared = { CACHE_HOST: `${crypto.randomUUID()}.internal`, R2: stores.R2 };
    const isolate = startIsolate({ ...settings, ...shared });
    await isolate.settle(PATH, GZIP);
    stores.take();
    const near = await isolate.settle(PATH);
    expect(near.headers.get("Cornice-Cache")).toBe("colo");
    expect(await near.json()).toEqual({ packages: [ROWS[1]] });
    expect(stores.take()).toEqual({});
    const others = await startIsolate({ ...restricted("basic", "nano"), ...shared }).settle(PATH);
    expect(await others.json()).toEqual({ packages: [ROWS[3]] });
  });

  test("breaks off if the stored list is no list, and no cache keeps it", async () => {
    await storeIndex(ROWS);
    const key = await packageIndexKey(env.PACKAGE_SOURCE);
    for (const text of ['{"packages":[["git","1"]]}', '{"packages":[["git","1",""]', "{}", ""]) {
      const body = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
      await env.R2.put(key, await new Response(body).arrayBuffer());
      const isolate = startIsolate(settings);
      for (let count = 0; count < 2; count++) {
        await expect(isolate.settle(PATH).then((response) => response.text())).rejects.toThrow();
      }
    }
  });

  test("does not exist if nothing is public, and nothing is looked up then", async () => {
    const locked = { ...restricted("token"), KV: failingKv(), R2: failingR2() };
    expect((await startIsolate(locked).settle(PATH)).status).toBe(401);
  });
});
