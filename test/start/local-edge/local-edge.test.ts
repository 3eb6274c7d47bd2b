import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createR2Store } from "../../../origin/stores/r2-store.ts";
import { listAt, objectOf, textAt } from "../../json.ts";
import { startTestEdge, type TestEdge } from "./test-edge.ts";

const NAMESPACE = "/cdn-cgi/local/explorer/api/storage/kv/namespaces";
const STORED = "an object that only a signed call may read";
const LARGE_TEXT = "a page's text, ".repeat(1000);
const PULLS_A_MINUTE = 3;

let edge: TestEdge;
let ports: TestEdge["ports"];

beforeAll(async () => {
  edge = await startTestEdge({
    pullsAMinute: PULLS_A_MINUTE,
    assets: {
      "404.html": "no such file",
      "hello.txt": "hello",
      "large.txt": LARGE_TEXT,
      _headers: "/*\n  X-Kept: yes\n",
    },
  });
  ({ ports } = edge);
  const content = { kind: "bytes", bytes: Buffer.from(STORED) } as const;
  await edge.store.put("stored", content, { contentType: "text/plain" });
});

afterAll(() => edge.stop());

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Sends the path as it is, without normalising it. */
async function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const body = method === "GET" || method === "HEAD" ? "" : "[]";
  const framed = body === "" ? headers : { ...headers, "Content-Length": String(body.length) };
  const call = request({ host: "127.0.0.1", port, path, method, headers: framed });
  const responded = new Promise<IncomingMessage>((resolve, reject) =>
    call.once("response", resolve).once("error", reject),
  );
  call.end(body);
  const response = await responded;
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const LOCAL_PATHS = [
  "/cdn-cgi/local/explorer/",
  NAMESPACE,
  `${NAMESPACE}/00000000000000000000000000000000/keys`,
  "/cdn-cgi/local/explorer/api/r2/buckets/cornice/objects",
  "/cdn-cgi/local/r2/public/cornice/stored",
  "/cdn-cgi/local/r2/s3/cornice/stored",
  "/cdn-cgi/local/scheduled",
  "/cdn-cgi/local/email",
  "/cdn-cgi/local/platform-proxy",
  "/cdn-cgi/",
];
const SPELLINGS = [
  "//cdn-cgi/local/r2/public/cornice/stored",
  "/%63dn-cgi/local/r2/public/cornice/stored",
  "/./cdn-cgi/local/r2/public/cornice/stored",
  "/v2/../cdn-cgi/local/r2/public/cornice/stored",
  "/v2/%2e%2e/cdn-cgi/local/r2/public/cornice/stored",
  "/cdn-cgi\\local\\r2\\public\\cornice\\stored",
  "/\\cdn-cgi/local/r2/public/cornice/stored",
  "/cdn-cgi%2flocal/r2/public/cornice/stored",
  "http://127.0.0.1/cdn-cgi/local/r2/public/cornice/stored",
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const HEADERS = [
  {},
  { Host: "localhost" },
  { Host: "evil.example" },
  { "MF-Original-URL": "http://127.0.0.1/cdn-cgi/local/r2/public/cornice/stored" },
  { "MF-Route-Override": "stores" },
];

describe.each(["registry", "own"] as const)("on the port of %s, below /cdn-cgi,", (name) => {
  it.each([...LOCAL_PATHS, ...SPELLINGS])("%s does not exist", async (path) => {
    for (const headers of HEADERS) {
      for (const method of METHODS) {
        const { status, body } = await ask(ports[name], path, headers, method);
        // One path on Miniflare's own port needs a secret of this process. Without the secret it answers 400.
        expect([307, 400, 401, 403, 404, 405], `${method} ${JSON.stringify(headers)}`).toContain(status);
        expect(body).not.toContain(STORED);
      }
    }
  });
});

describe("the stores", () => {
  it.each([...LOCAL_PATHS, ...SPELLINGS, "/", "/kv/", "/kv/storage/kv/namespaces/x/keys"])(
    "%s is for nobody without credentials",
    async (path) => {
      for (const authorization of ["", "Bearer", "Bearer wrong", "Bearer tokens", "token", "AWS4-HMAC-SHA256 x"]) {
        for (const method of METHODS) {
          const { status } = await ask(ports.stores, path, { Authorization: authorization }, method);
          expect([400, 401], `${method} ${authorization}`).toContain(status);
        }
      }
    },
  );

  it("can be used with their secrets", async () => {
    await edge.index.put([{ key: "a/b", value: "ü", metadata: { m: "1" } }]);
    const headers = { Authorization: "Bearer token" };
    const namespace = `/kv/storage/kv/namespaces/${edge.stores.namespaceId}`;
    expect(await ask(ports.stores, `${namespace}/values/a%2Fb`, headers)).toMatchObject({ status: 200, body: "ü" });
    const keys = await ask(ports.stores, `${namespace}/keys`, headers);
    expect(JSON.parse(keys.body)).toMatchObject({ success: true, result: [{ name: "a/b", metadata: { m: "1" } }] });
    expect(await edge.store.head("stored")).toMatchObject({ size: STORED.length });
  });

  it("list keys in pages", async () => {
    const pairs = ["page/1", "page/2", "page/3"].map((key) => ({ key, value: key }));
    await edge.index.put(pairs);
    const names: string[] = [];
    for (let cursor: string | undefined; cursor !== "";) {
      const query = `limit=1${cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
      const path = `/kv/storage/kv/namespaces/${edge.stores.namespaceId}/keys?${query}`;
      const { body } = await ask(ports.stores, path, { Authorization: "Bearer token" });
      const page = objectOf(body);
      const keys = listAt(page, "result");
      expect(keys.length).toBeLessThanOrEqual(1);
      names.push(...keys.map((key) => textAt(key, "name")));
      cursor = textAt(page, "result_info", "cursor");
    }
    expect(names.filter((name) => name.startsWith("page/"))).toEqual(["page/1", "page/2", "page/3"]);
  });

  it.each([
    ["PUT", "bulk", 200],
    ["POST", "bulk/delete", 200],
    ["POST", "bulk/get", 400],
    ["PUT", "bulk/delete", 404],
    ["GET", "values/none", 404],
    ["GET", "bulk", 404],
    ["DELETE", "values/none", 404],
    ["GET", "../0/keys", 404],
  ])("answer %s %s with %i", async (method, path, status) => {
    const namespace = `/kv/storage/kv/namespaces/${edge.stores.namespaceId}`;
    const answer = await ask(ports.stores, `${namespace}/${path}`, { Authorization: "Bearer token" }, method);
    expect(answer.status).toBe(status);
  });

  it("refuse the signature of another key", async () => {
    const other = createR2Store({ ...edge.r2, secretAccessKey: "other" });
    await expect(other.put("x", { kind: "bytes", bytes: Buffer.from("x") }, { contentType: "" })).rejects.toThrow();
    await expect(other.open("stored")).rejects.toThrow();
  });
});

describe("the registry's port", () => {
  it("compresses static assets for clients that accept it, as Cloudflare does", async () => {
    const plain = await ask(ports.registry, "/large.txt");
    expect(plain.body === LARGE_TEXT).toBe(true);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const answer = await fetch(`http://127.0.0.1:${ports.registry}/large.txt`);
    expect(answer.headers.get("Content-Encoding")).toBe("gzip");
    expect((await answer.text()) === LARGE_TEXT).toBe(true);
    const { status } = await ask(ports.registry, "/large.txt", { "If-None-Match": answer.headers.get("ETag") ?? "" });
    expect(status).toBe(304);
  });

  it("has the Worker's answers, and the static assets with their headers", async () => {
    expect(await ask(ports.registry, "/hello.txt")).toMatchObject({ status: 200, headers: { "x-kept": "yes" } });
    expect(await ask(ports.registry, "/none")).toMatchObject({ status: 404, body: "no such file" });
    const { body } = await ask(ports.registry, "/v2/x/y");
    expect(JSON.parse(body)).toMatchObject({ errors: [{}] });
  });

  it("counts this machine as one client, even if requests claim other addresses", async () => {
    const statuses: (number | undefined)[] = [];
    for (let count = 0; count <= 2 * PULLS_A_MINUTE; count++) {
      const claimed = `192.0.2.${count}`;
      // Miniflare's own header would replace what workerd knows of the connection.
      const blob = JSON.stringify({ clientIp: `${claimed}:1` });
      const headers = { "CF-Connecting-IP": claimed, "X-Forwarded-For": claimed, "MF-CF-Blob": blob };
      statuses.push((await ask(ports.registry, "/v2/", headers)).status);
    }
    // The last requests may be in the next minute, so not every one is refused.
    expect(statuses).toContain(429);
  });
});
