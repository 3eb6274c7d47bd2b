import { describe, expect } from "vitest";
import { createKvIndex } from "../../../origin/stores/kv-index.ts";
import { matching } from "../../matchers.ts";
import { type LocalCall, rejection, test } from "../fixtures.ts";

const NAMESPACE = "/accounts/1/storage/kv/namespaces/n1";

function indexAt(url: string) {
  return createKvIndex({ apiUrl: `${url}/accounts/1`, namespaceId: "n1", apiToken: "token" });
}

function page(names: readonly string[], cursor?: string) {
  const result = names.map((name) => ({ name, expiration: 1, metadata: {} }));
  return { status: 200, body: JSON.stringify({ success: true, result, result_info: { count: names.length, cursor } }) };
}

function methodAndPath({ method, path }: LocalCall) {
  return `${method} ${path?.replace(NAMESPACE, "")}`;
}

describe("the keys of KV", () => {
  test("are listed page by page, until there is no cursor", async ({ serve }) => {
    const pages = [page(["a/1"], "next="), page([], "last"), page(["a/2"], "")];
    const server = await serve((_call, index) => pages[index] ?? page([]));
    expect(await Array.fromAsync(indexAt(server.url).list("a/"))).toEqual([["a/1"], ["a/2"]]);
    expect(server.calls.map(methodAndPath)).toEqual([
      "GET /keys?prefix=a%2F",
      "GET /keys?prefix=a%2F&cursor=next%3D",
      "GET /keys?prefix=a%2F&cursor=last",
    ]);
  });

  test("are listed with metadata that nobody has checked", async ({ serve }) => {
    const result = [{ name: "a", metadata: { mediaType: 1 } }, { name: "b", metadata: null }, { name: "c" }];
    const { url } = await serve(() => ({ status: 200, body: JSON.stringify({ success: true, result }) }));
    const entries = (await Array.fromAsync(indexAt(url).listEntries(""))).flat();
    expect(entries.map(({ metadata }) => metadata)).toEqual([{ mediaType: 1 }, {}, {}]);
  });

  test.for([
    ["a cursor that comes twice", page(["a"], "c"), /comes to no end$/],
    [
      "a cursor of another type",
      { status: 200, body: '{"success":true,"result":[],"result_info":{"cursor":1}}' },
      /no/,
    ],
    ["a key without a name", { status: 200, body: '{"success":true,"result":[{}]}' }, /answered no list of keys$/],
    ["an answer without a list", { status: 200, body: '{"success":true,"result":null}' }, /answered no list of keys$/],
  ] as const)("cannot be listed after %s", async ([, answer, message], { serve }) => {
    const { url } = await serve(() => answer);
    const error = await rejection(Array.fromAsync(indexAt(url).list("")));
    expect(error).toMatchObject({ name: "StoreError", message: matching(message) });
  });

  test("are removed with ten thousand a call", async ({ serve }) => {
    const keys = Array.from({ length: 10_001 }, (_, index) => `key-${index}`);
    const server = await serve(() => ({ status: 200, body: '{"success":true,"result":null}' }));
    await indexAt(server.url).remove(keys);
    expect(server.calls.map(methodAndPath)).toEqual(["POST /bulk/delete", "POST /bulk/delete"]);
    expect(server.calls.map(({ body }): unknown => JSON.parse(body))).toEqual([keys.slice(0, 10_000), ["key-10000"]]);
  });
});

describe("the values of KV", () => {
  test("are read with a hundred keys a call. What nobody asked for is left out", async ({ serve }) => {
    const keys = Array.from({ length: 101 }, (_, index) => `key-${index}`);
    const values = { "key-0": "a", "key-1": null, other: "b", "key-100": "c" };
    const server = await serve(() => ({ status: 200, body: JSON.stringify({ success: true, result: { values } }) }));
    const found = await indexAt(server.url).readMany(keys);
    expect([...found]).toEqual([
      ["key-0", "a"],
      ["key-100", "c"],
    ]);
    expect(server.calls.map(methodAndPath)).toEqual(["POST /bulk/get", "POST /bulk/get"]);
    const bodies = [{ keys: keys.slice(0, 100) }, { keys: ["key-100"] }];
    expect(server.calls.map(({ body }): unknown => JSON.parse(body))).toEqual(bodies);
  });

  test.for([400, 413])("are read one by one after status %i", async (status, { serve }) => {
    const server = await serve(({ path }) =>
      path?.endsWith("/bulk/get") ? { status, body: "{}" } : { status: path?.endsWith("a") ? 200 : 404, body: "x" },
    );
    expect([...(await indexAt(server.url).readMany(["a", "b"]))]).toEqual([["a", "x"]]);
    expect(server.calls.map(methodAndPath)).toEqual(["POST /bulk/get", "GET /values/a", "GET /values/b"]);
  });

  test.for([
    ["no values", '{"success":true,"result":null}', /answered no values$/],
    ["a value of another type", '{"success":true,"result":{"values":{"a":1}}}', /answered a value that is no text$/],
  ] as const)("cannot be read from %s", async ([, body, message], { serve }) => {
    const { url } = await serve(() => ({ status: 200, body }));
    const error = await rejection(indexAt(url).readMany(["a"]));
    expect(error).toMatchObject({ name: "StoreError", message: matching(message) });
  });
});

/** The tests wait in real time, so they run side by side. */
describe.concurrent("a call for upkeep", () => {
  test("is repeated if the removal of a key failed", async ({ serve, expect: expectHere }) => {
    const failure = { status: 200, body: '{"success":true,"result":{"unsuccessful_keys":["a"]}}' };
    const server = await serve((_call, index) => (index === 0 ? failure : { status: 200, body: '{"success":true}' }));
    await indexAt(server.url).remove(["a"]);
    expectHere(server.calls).toHaveLength(2);
  });

  test("is repeated if a list failed", async ({ serve, expect: expectHere }) => {
    const server = await serve((_call, index) => (index === 0 ? { status: 429, body: "{}" } : page(["a"])));
    expectHere(await Array.fromAsync(indexAt(server.url).list(""))).toEqual([["a"]]);
  });

  test("is repeated if a value could not be read, and then fails", async ({ serve, expect: expectHere }) => {
    const server = await serve(() => ({ status: 500, body: "oops" }));
    const error = await rejection(indexAt(server.url).read("tag/a b"));
    expectHere(server.calls.map(methodAndPath)).toEqual(Array.from({ length: 3 }, () => "GET /values/tag%2Fa%20b"));
    expectHere(error).toMatchObject({
      message: `GET ${server.url}${NAMESPACE}/values/tag%2Fa%20b answered 500: oops`,
    });
  });
});
