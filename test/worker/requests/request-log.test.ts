import { createExecutionContext, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../../protocol/json-object.ts";
import { clientFamily } from "../../../worker/requests/client-family.ts";
import type { Bindings } from "../../../worker/settings.ts";
import { routes } from "../../../worker/entrance.ts";
import { type RequestEnvironment, requestLog } from "../../../worker/requests/request-log.ts";
import { objectOf } from "../../json.ts";
import { anyOf, matching } from "../../matchers.ts";
import { callWorker, pull } from "../client.ts";
import { storeBlob, storeImage } from "../images.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

interface Answer {
  readonly bytes: number;
  /** The only line. */
  readonly text: string;
  readonly line: JsonObject;
  readonly points: readonly AnalyticsEngineDataPoint[];
}

async function ask(path: string, init: RequestInit = {}, replaced: Partial<Bindings> = {}): Promise<Answer> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const points: AnalyticsEngineDataPoint[] = [];
  const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint = {}) => void points.push(point) };
  const { response } = callWorker({ REQUEST_LOG: "on", ANALYTICS, ...replaced }, path, init);
  const bytes = (await (await response).arrayBuffer()).byteLength;
  expect(log).toHaveBeenCalledTimes(1);
  const text = String(log.mock.lastCall?.[0]);
  return { bytes, text, line: objectOf(text), points };
}

const REST = { level: "info", message: "request", tier: "", ms: anyOf(Number), client: "other" };
const trace = matching(/^[0-9a-f]{32}$/);

describe("a line has the request and its answer", () => {
  test("a manifest by tag", async () => {
    await storeImage("git/htop");
    const headers = { "User-Agent": "skopeo/1.18.0", traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` };
    const { bytes, line } = await ask("/v2/htop/git/manifests/latest", { headers });
    expect(bytes).toBeGreaterThan(0);
    expect(line).toEqual({
      ...REST,
      method: "GET",
      endpoint: "tag",
      status: 200,
      tier: "kv",
      bytes,
      key: "git/htop:latest",
      client: "containers",
      trace: TRACE_ID,
    });
  });

  test("a manifest by digest, for HEAD, without sent bytes", async () => {
    const { oci } = await storeImage("git");
    const { line } = await ask(`/v2/git/manifests/${oci.digest}`, { method: "HEAD" });
    const request = { method: "HEAD", endpoint: "manifest", status: 200, tier: "kv", bytes: 0, key: oci.digest };
    expect(line).toEqual({ ...REST, ...request, trace });
  });

  test("a part of a blob", async () => {
    const digest = await storeBlob(new Uint8Array(1000));
    const { line } = await ask(`/v2/git/blobs/${digest}`, { headers: { Range: "bytes=10-29" } });
    expect(line).toEqual({
      ...REST,
      method: "GET",
      endpoint: "blob",
      status: 206,
      tier: "r2",
      bytes: 20,
      key: digest,
      trace,
    });
  });

  test("a blob that the client has", async () => {
    const digest = await storeBlob(new Uint8Array(1000));
    const { line } = await ask(`/v2/git/blobs/${digest}`, { headers: { "If-None-Match": `"${digest}"` } });
    expect(line).toEqual({
      ...REST,
      method: "GET",
      endpoint: "blob",
      status: 304,
      tier: "r2",
      bytes: 0,
      key: digest,
      trace,
    });
  });

  test("an error, with the bytes of its message", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const { bytes, line } = await ask(`/v2/git/blobs/${digest}`);
    expect(line).toEqual({ ...REST, method: "GET", endpoint: "blob", status: 404, bytes, key: digest, trace });
  });

  test.each([
    ["/", "GET", 200],
    ["/nothing", "GET", 404],
    ["/v2/git/blobs/x", "GET", 400],
    [`/v2/${"x/".repeat(5000)}manifests/latest`, "GET", 404],
    ["/v2/git/manifests/latest", "PUT", 405],
  ])("%.30s, which is nothing to pull: %s", async (path, method, status) => {
    const { line, text } = await ask(path, { method });
    expect(line).toEqual({ ...REST, method, endpoint: "other", status, bytes: anyOf(Number), key: "", trace });
    expect(text.length).toBeLessThan(300);
  });
});

test("a line has no secret, no query, no address and no text of the client", async () => {
  await storeImage("git");
  const secret = "c2VjcmV0";
  const { text } = await ask(`/v2/git/manifests/latest?token=${secret}`, {
    headers: {
      Authorization: `Basic ${secret}`,
      Cookie: secret,
      "User-Agent": `curl/8 ${secret}`,
      "CF-Connecting-IP": "203.0.113.7",
      "X-Forwarded-For": "203.0.113.7",
      traceparent: secret,
    },
  });
  expect(text).not.toContain(secret);
  expect(text).not.toContain("203.0.113.7");
});

describe("a data point has the same fields", () => {
  test("of an answer", async () => {
    const digest = await storeBlob(new Uint8Array(1000));
    const { points, line } = await ask(`/v2/git/blobs/${digest}`);
    expect(points).toEqual([
      { indexes: [digest], blobs: ["blob", "r2", "200", "GET", "other", digest], doubles: [line["ms"], 1000] },
    ]);
  });

  test("of a request that is no pull", async () => {
    const { points } = await ask("/v2/");
    expect(points).toEqual([
      { indexes: ["version"], blobs: ["version", "", "200", "GET", "other", ""], doubles: [anyOf(Number), 2] },
    ]);
  });

  test("with an index that is short enough", async () => {
    const name = "x".repeat(200);
    await storeImage(name);
    const { points } = await ask(`/v2/${name}/manifests/latest`);
    expect(points.map(({ indexes }) => indexes)).toEqual([["x".repeat(96)]]);
  });
});

test("the deployment's own dataset takes the data points", async () => {
  const writes = vi.spyOn(console, "log").mockImplementation(() => {});
  const { response } = callWorker({ REQUEST_LOG: "on" }, "/v2/");
  expect((await response).status).toBe(200);
  expect(writes).toHaveBeenCalledTimes(1);
});

test("a deployment without a dataset still has its lines", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const { ANALYTICS: _, ...bindings } = { ...env, REQUEST_LOG: "on" };
  const response = await routes.fetch(new Request("https://registry.test/v2/"), bindings, createExecutionContext());
  expect(response.status).toBe(200);
  expect(log).toHaveBeenCalledTimes(1);
});

test("the tier is the same as in the answer", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const app = new Hono<RequestEnvironment>().use(requestLog);
  app.get("/", (c) => c.text("", 200, { "Cornice-Cache": "colo" }));
  await app.request("/", {}, { ...env, REQUEST_LOG: "on" });
  expect(JSON.parse(String(log.mock.lastCall?.[0]))).toMatchObject({ tier: "colo" });
});

test("REQUEST_LOG=off leaves the lines out", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  expect((await pull("/v2/")).status).toBe(200);
  expect(log).not.toHaveBeenCalled();
});

test.each([
  ["docker/28.5.2 go/go1.24 UpstreamClient(Docker-Client/28.5.2)", "docker"],
  ["docker/29.0 containerd-client/2.1.4+unknown", "docker"],
  ["containerd/v1.7.24", "containerd"],
  ["buildkit/v0.24", "buildkit"],
  ["skopeo/1.18.0", "containers"],
  ["containers/5.34 (github.com/containers/image)", "containers"],
  ["crane/0.20 go-containerregistry/0.20", "go-containerregistry"],
  ["oras/1.2.0+Homebrew", "oras"],
  ["curl/8.5.0", "other"],
  ["", "other"],
  [null, "other"],
])("the family of %j is %s", (userAgent, family) => {
  expect(clientFamily(userAgent)).toBe(family);
});
