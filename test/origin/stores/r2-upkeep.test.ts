import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect } from "vitest";
import { createR2Store } from "../../../origin/stores/r2-store.ts";
import { matching } from "../../matchers.ts";
import { type LocalCall, rejection, test } from "../fixtures.ts";

function storeAt(endpoint: string) {
  return createR2Store({ endpoint, bucket: "b", accessKeyId: "id", secretAccessKey: "key" });
}

function listXml(contents: string, isTruncated = false) {
  const body = `<ListBucketResult>${contents}<IsTruncated>${isTruncated}</IsTruncated></ListBucketResult>`;
  return { status: 200, body };
}

function objectXml(key: string, time = "2026-01-01T00:00:00.999Z"): string {
  return `<Contents><Key>${key}</Key><Size>1</Size><LastModified>${time}</LastModified></Contents>`;
}

function startAfter({ path = "" }: LocalCall): string | null {
  return new URL(path, "http://localhost").searchParams.get("start-after");
}

describe("a list of a bucket", () => {
  test("has times in whole seconds, as the versions have", async ({ serve }) => {
    const { url } = await serve(() => listXml(objectXml("a")));
    const [page] = await Array.fromAsync(storeAt(url).list(""));
    expect(page).toEqual([{ key: "a", size: 1, modifiedAt: Date.parse("2026-01-01T00:00:00.000Z") }]);
  });

  test("is read page by page, as it is asked for", async ({ serve }) => {
    const server = await serve((call) =>
      startAfter(call) === "p/b" ? listXml(objectXml("p/c")) : listXml(objectXml("p/a") + objectXml("p/b"), true),
    );
    const keys: string[][] = [];
    for await (const page of storeAt(server.url).list("p/", "p/")) {
      keys.push(page.map(({ key }) => key));
      expect(server.calls).toHaveLength(keys.length);
    }
    expect(keys).toEqual([["p/a", "p/b"], ["p/c"]]);
    expect(server.calls.map(startAfter)).toEqual(["p/", "p/b"]);
  });

  test.for([
    ["a page that does not go on", listXml(objectXml("a"), true), /^LIST p\/ at R2 comes to no end$/],
    ["a page without objects that is not the last", listXml("", true), /^LIST p\/ at R2 comes to no end$/],
    ["an object without a time", listXml("<Contents><Key>a</Key><Size>1</Size></Contents>"), /without its key, size/],
    ["a key that cannot be decoded", listXml(objectXml("%E0%A4")), /cannot be decoded: %E0%A4$/],
    ["an answer that is a refusal", { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" }, /^LIST p\//],
  ] as const)("fails after %s", async ([, answer, message], { serve }) => {
    const { url } = await serve(() => answer);
    const error = await rejection(Array.fromAsync(storeAt(url).list("p/")));
    expect(error).toMatchObject({ name: "StoreError", message: matching(message) });
  });
});

describe("the removal of objects", () => {
  const STAYED =
    "<DeleteResult><Error><Key>a</Key><Code>InternalError</Code><Message>oops</Message></Error></DeleteResult>";

  test("is repeated if an object stayed", async ({ serve }) => {
    const server = await serve((_call, index) => ({ status: 200, body: index === 0 ? STAYED : "<DeleteResult/>" }));
    await storeAt(server.url).remove(["a", "b"]);
    expect(server.calls.map(({ method, path }) => [method, path])).toEqual(
      Array.from({ length: 2 }, () => ["POST", "/b/?delete="]),
    );
  });

  test("fails if an object stays", async ({ serve }) => {
    const { url } = await serve(() => ({ status: 200, body: STAYED }));
    expect(await rejection(storeAt(url).remove(["a", "b"]))).toMatchObject({
      name: "StoreError",
      message: "DELETE a and 1 more failed at R2",
      cause: { message: "1 of 2 objects stayed: a (InternalError: oops)" },
    });
  });

  test("takes a thousand objects a call", async ({ serve }) => {
    const server = await serve(() => ({ status: 200, body: "<DeleteResult/>" }));
    await storeAt(server.url).remove(Array.from({ length: 1001 }, (_, index) => `key-${index}`));
    expect(server.calls.map(({ body }) => body.split("<Key>").length - 1)).toEqual([1000, 1]);
  });
});

describe("a removal with a lease", () => {
  const REMOVED = { status: 200, body: "<DeleteResult/>" };

  test("sends nothing after the end of the lease", async ({ serve }) => {
    const server = await serve(() => REMOVED);
    const lease = { signal: new AbortController().signal, isOver: () => true };
    expect(await rejection(storeAt(server.url).remove(["a"], lease))).toMatchObject({
      name: "StoreError",
      cause: { message: "nothing is removed after the end of the lease" },
    });
    expect(server.calls).toEqual([]);
  });

  test("is not repeated after the end of the lease, also not by the client of S3", async ({ serve }) => {
    let isOver = false;
    const server = await serve(() => {
      isOver = true;
      return { status: 503, body: "" };
    });
    const lease = { signal: new AbortController().signal, isOver: () => isOver };
    expect(await rejection(storeAt(server.url).remove(["a"], lease))).toMatchObject({ name: "StoreError" });
    expect(server.calls).toHaveLength(1);
  });

  test("is broken off at the end of the lease", async ({ onTestFinished }) => {
    const end = new AbortController();
    // It never answers.
    const server = createServer(() => end.abort()).listen(0, "localhost");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const lease = { signal: end.signal, isOver: () => false };
    expect(await rejection(storeAt(`http://localhost:${port}`).remove(["a"], lease))).toMatchObject({
      name: "StoreError",
      cause: { name: "AbortError" },
    });
  });
});

describe("a put that depends on a version", () => {
  test.for([
    ["no object", undefined, { "if-none-match": "*" }],
    ["one version", '"e1"', { "if-match": '"e1"' }],
  ] as const)("says so, for %s", async ([, etag, headers], { serve }) => {
    const server = await serve(() => ({ status: 200, body: "" }));
    expect(await storeAt(server.url).replace("k", Buffer.from("x"), etag)).toBe(true);
    expect(server.calls).toMatchObject([{ method: "PUT", body: "x", headers }]);
  });

  test.for([
    [409, '"e1"'],
    [412, '"e1"'],
    [404, '"e1"'],
    [412, undefined],
  ] as const)("puts nothing after an answer of %i for etag %s", async ([status, etag], { serve }) => {
    const { url } = await serve(({ method }) => ({ status: method === "PUT" ? status : 200, body: "" }));
    expect(await storeAt(url).replace("k", Buffer.from("x"), etag)).toBe(false);
  });

  test.for([
    [403, '"e1"'],
    [404, undefined],
  ] as const)("fails after an answer of %i for etag %s", async ([status, etag], { serve }) => {
    const { url } = await serve(() => ({ status, body: "" }));
    const error = await rejection(storeAt(url).replace("k", Buffer.from("x"), etag));
    expect(error).toMatchObject({ name: "StoreError", message: "PUT k failed at R2" });
  });
});

test("a version without an etag or a time is none", async ({ serve }) => {
  const { url } = await serve(() => ({ status: 200, body: "x" }));
  expect(await rejection(storeAt(url).readVersion("k", 10))).toMatchObject({ name: "StoreError" });
});
