import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { type Digest, sha256Digest } from "../../../protocol/digest.ts";
import { blobPath } from "../../../protocol/blob-call.ts";
import { RELEASE } from "../../../protocol/release.ts";
import { signCall } from "../../../protocol/signature.ts";
import { createBuildQueue } from "../../../origin/builds/build-queue.ts";
import { createLog } from "../../../origin/system/log.ts";
import { createMetrics } from "../../../origin/metrics/metrics.ts";
import { createServer } from "../../../origin/service/server.ts";
import { objectOf } from "../../json.ts";
import { anything, matching } from "../../matchers.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const NOW = 1_700_000_000;
const DIGEST = sha256Digest("0".repeat(64));
const OTHER_DIGEST = sha256Digest("1".repeat(64));
const RECORD = { manifests: { oci: DIGEST, docker: DIGEST }, revision: "r1", resolvedAt: "2026-01-01T00:00:00.000Z" };
const REQUEST = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git"] };

function setUp(now = () => NOW, unready: readonly string[] = [], cacheLines: readonly string[] = []) {
  const openBlob = vi.fn(async (digest: Digest) =>
    digest === DIGEST ? { size: 5, body: Readable.from([Buffer.from("layer")]) } : undefined,
  );
  const run = vi.fn(() => Promise.resolve(RECORD));
  const onDefect = vi.fn();
  const lines: string[] = [];
  const log = createLog("json", { log: (line) => lines.push(line), error: () => {} });
  const metrics = createMetrics(() => 0);
  const app = createServer({
    config: {
      secrets: [SECRET],
      source: { kind: "path", path: "/p", name: "starter", revision: undefined },
      maxPackages: 64,
    },
    queue: createBuildQueue({ run, onFailure: vi.fn() }),
    openBlob,
    log,
    metrics,
    unreadyParts: () => Promise.resolve(unready),
    now,
    cacheLines: () => cacheLines,
    notices: () => [],
    onDefect,
  });
  return { app, run, openBlob, onDefect, log, lines };
}

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly secret?: string;
  readonly timestamp?: number | string;
}

async function sign({ method = "POST", path = "/builds", body = "", secret = SECRET, timestamp = NOW }: Call) {
  const call = { method, path, timestamp: String(timestamp), body };
  return { "Cornice-Timestamp": call.timestamp, "Cornice-Signature": await signCall(secret, call) };
}

function requestOf(change: object): string {
  return JSON.stringify({ ...REQUEST, ...change });
}

const BODY = requestOf({});

/** For nginx, and for proxies that would compress the body. */
const AT_ONCE = ["no-store, no-transform", "no"];
const buffering = ({ headers }: Response) => [headers.get("Cache-Control"), headers.get("X-Accel-Buffering")];

test("a signed call is answered with the build's events, which no proxy may hold back", async () => {
  const { app, run } = setUp();
  const response = await app.request("/builds", { method: "POST", body: BODY, headers: await sign({ body: BODY }) });
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toBe("application/x-ndjson");
  expect(buffering(response)).toEqual(AT_ONCE);
  expect(await response.text()).toBe(`{"event":"queued"}\n${JSON.stringify({ event: "image", ...RECORD })}\n`);
  expect(run).toHaveBeenCalledWith(REQUEST, anything(), "");
});

test("a call of 64 packages is accepted", async () => {
  const body = requestOf({ packages: Array.from({ length: 64 }, (_, index) => `p${String(index).padStart(3, "0")}`) });
  const response = await setUp().app.request("/builds", { method: "POST", body, headers: await sign({ body }) });
  expect(response.status).toBe(200);
  await response.body?.cancel();
});

async function answerOf(response: Response): Promise<object> {
  return { status: response.status, ...objectOf(await response.text()) };
}

/** Expects a refusal: no build, no defect, and an answer in JSON with a code. */
async function refusal(call: Call, headers: Readonly<Record<string, string>>) {
  const { app, run, onDefect } = setUp();
  const { method = "POST", path = "/builds", body = "" } = call;
  const response = await app.request(path, { method, headers, ...(method === "POST" ? { body } : {}) });
  expect(run).not.toHaveBeenCalled();
  expect(onDefect).not.toHaveBeenCalled();
  return answerOf(response);
}

test("an unsigned call is refused", async () => {
  expect(await refusal({ body: BODY }, {})).toMatchObject({ status: 401, code: "UNAUTHORIZED" });
});

describe("a signed call is refused", () => {
  const packages = Array.from({ length: 65 }, (_, index) => `p${String(index).padStart(3, "0")}`);

  test.each([
    ["whose body is not JSON", "{", 400, "BODY_INVALID", /^the body is not JSON$/],
    ["without a body", "", 400, "BODY_INVALID", /^the body is not JSON$/],
    ["of null", "null", 400, "NAME_INVALID", /^the body is not an image request/],
    ["of a list", "[]", 400, "NAME_INVALID", /^the body is not an image request/],
    ["without packages", requestOf({ packages: undefined }), 400, "NAME_INVALID", /^the body is not an image request/],
    ["of no packages", requestOf({ packages: [] }), 400, "NAME_INVALID", /must be canonical/],
    ["of packages in disorder", requestOf({ packages: ["b", "a"] }), 400, "NAME_INVALID", /must be canonical/],
    ["of a malformed name", requestOf({ packages: ["a b"] }), 400, "NAME_INVALID", /must be canonical/],
    ["of 65 packages", requestOf({ packages }), 400, "NAME_INVALID", /lists 65 packages; at most 64 are allowed$/],
    ["for an unknown architecture", requestOf({ architecture: "riscv" }), 400, "NAME_INVALID", /^the body is not an/],
    ["of a malformed tag", requestOf({ tag: "../x" }), 400, "TAG_INVALID", /cannot be a tag/],
    [
      "for another source",
      requestOf({ source: "channel:nixos-25.11" }),
      409,
      "SOURCE_MISMATCH",
      /^this origin serves starter; the Worker's PACKAGE_SOURCE is channel:nixos-25\.11$/,
    ],
  ])("%s", async (_, body, status, code, message) => {
    expect(await refusal({ body }, await sign({ body }))).toEqual({
      status,
      code,
      message: matching(message),
    });
  });
});

describe("a body of more than 64 KiB is refused before it is read", () => {
  const body = "x".repeat(65_537);
  const answer = { status: 413, code: "BODY_TOO_LARGE", message: "a build call has at most 65536 bytes" };

  test("if the call has its length", async () => {
    expect(await refusal({ body }, { ...(await sign({ body })), "Content-Length": "65537" })).toEqual(answer);
  });

  test("if it comes in chunks", async () => {
    const { app, run, onDefect } = setUp();
    const chunks = ReadableStream.from(Array.from({ length: 10 }, () => new Uint8Array(10_000)));
    const response = await app.request("/builds", { method: "POST", body: chunks, duplex: "half" });
    expect(await answerOf(response)).toEqual(answer);
    expect(run).not.toHaveBeenCalled();
    expect(onDefect).not.toHaveBeenCalled();
  });
});

describe("a signed call for a layer", () => {
  async function askFor(path: string) {
    const { app, openBlob, onDefect } = setUp();
    const response = await app.request(path, { headers: await sign({ method: "GET", path }) });
    expect(onDefect).not.toHaveBeenCalled();
    return { response, openBlob };
  }

  test("that is kept is answered with its bytes", async () => {
    const { response } = await askFor(blobPath(DIGEST));
    expect([response.status, response.headers.get("Content-Length")]).toEqual([200, "5"]);
    expect(buffering(response)).toEqual(AT_ONCE);
    expect(await response.text()).toBe("layer");
  });

  test("that is not kept is answered with 404", async () => {
    const { response, openBlob } = await askFor(blobPath(OTHER_DIGEST));
    expect(openBlob).toHaveBeenCalledWith(OTHER_DIGEST);
    expect(await answerOf(response)).toMatchObject({ status: 404, code: "BLOB_UNKNOWN" });
  });

  test.each(["/blobs/x", "/blobs/..%2F..%2Fetc%2Fpasswd", `/blobs/sha512:${"0".repeat(128)}`])(
    "with a malformed digest is refused: %s",
    async (path) => {
      const { response, openBlob } = await askFor(path);
      expect(await answerOf(response)).toMatchObject({ status: 400, code: "DIGEST_INVALID" });
      expect(openBlob).not.toHaveBeenCalled();
    },
  );
});

test("only a signed call gets a layer", async () => {
  const { app, openBlob } = setUp();
  const path = blobPath(DIGEST);
  for (const headers of [{}, await sign({ method: "GET", path, secret: `${SECRET}x` }), await sign({ path })]) {
    expect((await app.request(path, { headers })).status).toBe(401);
  }
  expect(openBlob).not.toHaveBeenCalled();
});

describe("there is nothing else", () => {
  test.each([
    ["GET", "/"],
    ["PUT", "/builds"],
    ["POST", "/builds/1"],
    ["POST", "/healthz"],
    ["POST", "/metrics"],
    ["GET", "/metrics/"],
    ["GET", "/v2/"],
    ["GET", "/blobs"],
    ["POST", `/blobs/${DIGEST}`],
  ])("at %s %s", async (method, path) => {
    const headers = await sign({ method, path });
    expect(await refusal({ method, path }, headers)).toEqual({
      status: 404,
      code: "NOT_FOUND",
      message: `there is no ${method} ${path} here`,
    });
  });
});

describe("the lines of a build belong to the trace of the call that began it", () => {
  const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

  async function tracesOf(headers: Readonly<Record<string, string>>): Promise<unknown[]> {
    const { app, run, log, lines } = setUp();
    run.mockImplementation(async () => {
      await setTimeout(1);
      log.line("building", "git");
      return RECORD;
    });
    const signed = { ...(await sign({ body: BODY })), ...headers };
    await (await app.request("/builds", { method: "POST", body: BODY, headers: signed })).text();
    const records = lines.map((line) => objectOf(line));
    const traces = records.map((record) => record["trace"]);
    expect(records.map((record) => record["message"])).toEqual([`asked for, trace ${String(traces[0])}`, "building"]);
    return traces;
  }

  test("that the Worker names", async () => {
    const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
    expect(await tracesOf({ traceparent })).toEqual([TRACE_ID, TRACE_ID]);
  });

  test.each(["", "00-x-y-01"])("or a new one if it names none: %j", async (traceparent) => {
    const [first, second] = await tracesOf({ traceparent });
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
  });
});

describe("the operator may ask", () => {
  test("whether it runs, and which release it is", async () => {
    const response = await setUp().app.request("/healthz");
    expect([response.status, await response.text()]).toEqual([200, `ok ${RELEASE}`]);
  });

  test.each([[], ["binary cache a fails"]])("whether it can build, whatever its caches do: %j", async (...lines) => {
    const response = await setUp(undefined, [], lines).app.request("/readyz");
    expect([response.status, await response.text()]).toEqual([200, ["ready", ...lines].join("\n")]);
  });

  test("which parts are not ready", async () => {
    const response = await setUp(undefined, ["nix", "r2"]).app.request("/readyz");
    expect([response.status, await response.json()]).toEqual([
      503,
      { code: "NOT_READY", message: "not ready: nix, r2" },
    ]);
  });

  test("for its metrics", async () => {
    const response = await setUp().app.request("/metrics");
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toContain('cornice_builds_total{result="image"} 0\n');
  });
});

test("a defect is logged whole, and the answer shows nothing of it", async () => {
  const defect = new Error("the token is 123");
  const { app, onDefect } = setUp(() => {
    throw defect;
  });
  const response = await app.request("/builds", { method: "POST", body: BODY, headers: await sign({ body: BODY }) });
  expect([response.status, await response.json()]).toEqual([500, { code: "UNKNOWN", message: "internal error" }]);
  expect(onDefect.mock.calls).toEqual([[defect]]);
});
