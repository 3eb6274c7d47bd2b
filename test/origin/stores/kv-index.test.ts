import { describe, expect } from "vitest";
import { createKvIndex, type KvIndex } from "../../../origin/stores/kv-index.ts";
import { parseJson } from "../../../protocol/json-object.ts";
import { matching } from "../../matchers.ts";
import { rejection, test } from "../fixtures.ts";

const TOKEN = "a-token-that-must-stay-secret";
const SUCCESS = { status: 200, body: '{"success":true,"result":{"successful_key_count":1,"unsuccessful_keys":[]}}' };
const PAIRS = [
  { key: "manifest/sha256:0", value: '{"ä":1}', metadata: { mediaType: "application/json" } },
  { key: "tag/a", value: "x" },
];

function indexAt(url: string): KvIndex {
  return createKvIndex({ apiUrl: `${url}/accounts/1`, namespaceId: "n1", apiToken: TOKEN });
}

test("pairs are written in one signed call", async ({ serve }) => {
  const server = await serve(() => SUCCESS);
  await indexAt(server.url).put(PAIRS);
  expect(server.calls).toHaveLength(1);
  const [call] = server.calls;
  expect(call).toMatchObject({
    method: "PUT",
    path: "/accounts/1/storage/kv/namespaces/n1/bulk",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
  });
  expect(JSON.parse(call?.body ?? "")).toEqual(PAIRS);
});

describe("an answer is a success", () => {
  test.for([
    ["with all keys", SUCCESS.body],
    ["without a result, as from the local KV", '{"success":true,"result":null}'],
    ["without a list of keys", '{"success":true,"result":{}}'],
  ] as const)("%s", async ([, body], { serve }) => {
    const server = await serve(() => ({ status: 200, body }));
    await indexAt(server.url).put(PAIRS);
    expect(server.calls).toHaveLength(1);
  });
});

/** The tests wait in real time, so they run side by side. */
describe.concurrent("a call is repeated", () => {
  test.for([
    ["a server's error", { status: 500, body: "oops" }],
    ["a limit", { status: 429, body: "{}" }],
    ["keys that failed", { status: 200, body: '{"success":true,"result":{"unsuccessful_keys":["tag/a"]}}' }],
    ["a failure in words", { status: 200, body: '{"success":false,"result":null}' }],
    ["an answer that is not JSON", { status: 200, body: "<html>" }],
  ] as const)("after %s", async ([, failure], { serve, expect: expectHere }) => {
    const server = await serve((_call, index) => (index === 0 ? failure : SUCCESS));
    await indexAt(server.url).put(PAIRS);
    expectHere(server.calls.map(({ body }) => parseJson(body))).toEqual([PAIRS, PAIRS]);
  });

  test("twice, then the error has method, URL, status and body, and no token", async ({
    serve,
    expect: expectHere,
  }) => {
    const server = await serve(() => ({ status: 403, body: '{"success":false,"errors":["no"]}' }));
    const error = await rejection(indexAt(server.url).put(PAIRS));
    expectHere(server.calls).toHaveLength(3);
    expectHere(error).toMatchObject({
      message: `PUT ${server.url}/accounts/1/storage/kv/namespaces/n1/bulk answered 403: {"success":false,"errors":["no"]}`,
    });
  });

  test("twice, then the error has at most 64 KiB of the body", async ({ serve, expect: expectHere }) => {
    const { url } = await serve(() => ({ status: 500, body: "x".repeat(100_000) }));
    const error = await rejection(indexAt(url).put(PAIRS));
    expectHere(error).toMatchObject({ message: matching(/answered 500: x{65536}$/) });
  });

  test("twice, then the error has method, URL and cause if no server listens", async ({ expect: expectHere }) => {
    const error = await rejection(indexAt("http://127.0.0.1:1").put(PAIRS));
    expectHere(error).toMatchObject({
      message: "PUT http://127.0.0.1:1/accounts/1/storage/kv/namespaces/n1/bulk got no answer",
      cause: { name: "TypeError" },
    });
  });
});
