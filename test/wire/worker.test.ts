import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getPlatformProxy, unstable_startWorker } from "wrangler";
import { digestOf } from "../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey, manifestKey, tagKey } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { ORIGIN_SECRET } from "../scripted-origin/script.ts";

/** Tests read raw bytes from the socket. A client library would hide changes on the way from the Worker. */
let worker: Awaited<ReturnType<typeof unstable_startWorker>>;
let port: number;
let state: string;

const REFUSAL = "no such tag: v1; this package source has only the tag latest";
/** An origin that knows no tag. */
const origin = createServer((_, response) => {
  response.end(
    `{"event":"queued"}\n${JSON.stringify({ event: "error", code: "MANIFEST_UNKNOWN", message: REFUSAL })}\n`,
  );
});

const BLOB = new Uint8Array(8 << 20).fill(0x61);

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "cornice-wire-"));
  await fillStores();
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  const address = origin.address();
  const originPort = typeof address === "object" && address !== null ? address.port : 0;
  worker = await unstable_startWorker({
    config: "./wrangler.toml",
    bindings: {
      ORIGIN_SECRET: { type: "plain_text", value: ORIGIN_SECRET },
      ORIGIN_URL: { type: "plain_text", value: `http://127.0.0.1:${originPort}` },
      PLATFORMS: { type: "plain_text", value: "amd64" },
      HOSTS: { type: "plain_text", value: "" },
    },
    dev: {
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      watch: false,
      logLevel: "none",
      persist: state,
    },
  });
  await worker.ready;
  port = Number((await worker.url).port);
});

afterAll(async () => {
  await worker.dispose();
  origin.closeAllConnections();
  origin.close();
  await rm(state, { recursive: true });
});

/** A blob, and an image called `warm`. */
async function fillStores(): Promise<void> {
  const { env, dispose } = await getPlatformProxy<{ R2: Writer; KV: Writer }>({
    configPath: "./wrangler.toml",
    persist: { path: join(state, "v3") },
  });
  await env.R2.put(blobKey(await digestOf(BLOB)), BLOB);
  const mediaType = MEDIA_TYPES.oci.manifest;
  const manifest = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType }));
  const digest = await digestOf(manifest);
  await env.R2.put(manifestKey(digest), manifest, { httpMetadata: { contentType: mediaType } });
  const request = { source: "starter", tag: "latest", architecture: "amd64", packages: ["warm"] } as const;
  const manifests = { oci: digest, docker: digest };
  const record: TagRecord = { manifests, revision: "1", resolvedAt: new Date().toISOString() };
  await env.KV.put(await tagKey(request), JSON.stringify(record));
  await dispose();
}

interface Writer {
  put(key: string, value: Uint8Array | string, options?: object): Promise<unknown>;
}

/** Sends a request byte for byte and returns the answer byte for byte. */
async function exchange(start: string, headers: readonly string[] = [], body = ""): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const host = headers.some((line) => line.startsWith("Host:")) ? [] : [`Host: 127.0.0.1:${port}`];
  const head = [`${start} HTTP/1.1`, ...host, "Connection: close", ...headers];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  return text(socket);
}

test("HEAD of the version check announces a length and sends no body", async () => {
  const answer = await exchange("HEAD /v2/");
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\nContent-Length: 2\r\n/i);
  expect(answer).toMatch(/\r\nDocker-Distribution-API-Version: registry\/2\.0\r\n/i);
  expect(answer).toMatch(/\r\n\r\n$/);
});

describe("the status line says why a pull failed", () => {
  test.each(["GET", "HEAD"])("%s", async (method) => {
    const answer = await exchange(`${method} /v2/git/manifests/v1`, ["User-Agent: containerd/2.1.4"]);
    expect(answer.split("\r\n")[0]).toBe(`HTTP/1.1 403 ${REFUSAL}`);
    expect(answer).toMatch(/\r\nContent-Type: application\/json\r\n/i);
  });
});

describe("bytes that URL parsers would change", () => {
  test.each([
    ["/v2/a%2Fb/manifests/latest", 404, "NAME_UNKNOWN"],
    ["/v2/a%00/manifests/latest", 404, "NAME_UNKNOWN"],
    ["/v2/a//b/manifests/latest", 404, "NAME_UNKNOWN"],
    ["/v2/a%2F..%2Fb/manifests/latest", 404, "NAME_UNKNOWN"],
    ["/v2/a/manifests/lat%65st", 404, "MANIFEST_UNKNOWN"],
    [`/v2/${"a".repeat(10_000)}/manifests/latest`, 404, "NAME_UNKNOWN"],
    [`/v2/a/blobs/sha256%3A${"0".repeat(64)}`, 404, "BLOB_UNKNOWN"],
  ])("%s", async (path, status, code) => {
    const answer = await exchange(`GET ${path}?ns=docker.io`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
  });
});

test("a path that leads out of /v2/ belongs to the page, and does not exist there", async () => {
  const answer = await exchange("GET /v2/../../etc/passwd");
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toContain("root:");
});

describe("a blob has a Content-Length, and no chunked encoding", () => {
  test.each([
    ["GET", [], "200 OK", BLOB.length, BLOB.length],
    ["HEAD", [], "200 OK", BLOB.length, 0],
    ["GET", [`Range: bytes=${BLOB.length - 3}-`], "206 Partial Content", 3, 3],
  ])("%s %s", async (method, headers, status, announced, sent) => {
    const answer = await exchange(`${method} /v2/git/blobs/${await digestOf(BLOB)}`, headers);
    const end = answer.indexOf("\r\n\r\n") + "\r\n\r\n".length;
    expect(answer.slice(0, end)).toContain(`HTTP/1.1 ${status}\r\n`);
    expect(answer.slice(0, end)).toMatch(new RegExp(`\r\nContent-Length: ${announced}\r\n`, "i"));
    expect(answer.slice(0, end)).not.toMatch(/transfer-encoding|content-encoding/i);
    expect(answer.length - end).toBe(sent);
  });
});

describe("a warm answer for a tag equals a cold one on the wire", () => {
  test.each(["GET", "HEAD"])("%s", async (method) => {
    const cold = await exchange(`${method} /v2/warm/manifests/latest`);
    const warm = await exchange(`${method} /v2/warm/manifests/latest`);
    expect(warm).toMatch(/\r\nCornice-Cache: memory\r\n/i);
    expect(lasting(warm)).toEqual(lasting(cold));
    const withBody = await exchange(`${method} /v2/warm/manifests/latest`, ["Content-Length: 5"], "hello");
    expect(withBody).toMatch(/^HTTP\/1\.1 400 /);
  });
});

/** The sorted lines of an answer, without the lines that differ between two answers. */
function lasting(answer: string): string[] {
  return answer
    .split("\r\n")
    .filter((line) => !/^(?:cornice-cache|server-timing|date):/i.test(line))
    .map((line) => line.toLowerCase())
    .toSorted();
}

describe("under another host's name", () => {
  const HOST = `Host: evil.example:8787`;

  test("the site is refused", async () => {
    const answer = await exchange("GET /api/registry", [HOST]);
    expect(answer).toMatch(/^HTTP\/1\.1 403 evil\.example is not a host of this registry; /);
    expect(await exchange("GET /api/registry")).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("images can be pulled, but browsers cannot build any", async () => {
    expect(await exchange("GET /v2/warm/manifests/latest", [HOST])).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchange("GET /v2/cold/manifests/latest", [HOST])).toMatch(/^HTTP\/1\.1 404 /);
    const answer = await exchange("GET /v2/colder/manifests/latest", [HOST, "Accept-Language: en"]);
    expect(answer).toMatch(/^HTTP\/1\.1 403 evil\.example is not a host /);
  });
});

describe("made-up digests and keys leave no storage of Durable Objects behind:", () => {
  /** Counts the objects of a class that have a file. */
  async function countObjects(className: string): Promise<number> {
    const files = await readdir(join(state, "v3/do"), { recursive: true });
    return files.filter((path) => new RegExp(`-${className}/[0-9a-f]{64}\\.sqlite$`).test(path)).length;
  }

  test("digests of blobs share a few objects", async () => {
    const before = await countObjects("LostBlob");
    const digests = Array.from({ length: 10 }, (_, index) => `sha256:5e${String(index).padStart(62, "0")}`);
    for (const digest of digests) {
      expect(await exchange(`GET /v2/a/blobs/${digest}`)).toMatch(/^HTTP\/1\.1 404 /);
    }
    expect(await countObjects("LostBlob")).toBe(before + 1);
  });

  test("keys of builds reach no object", async () => {
    const before = await countObjects("BuildCoordinator");
    const key = "a1".repeat(32);
    for (const path of [`/builds/${key}`, `/api/builds/${key}`, `/api/builds/${key}/events`]) {
      const upgrade = path.endsWith("/events") ? ["Upgrade: websocket", "Sec-WebSocket-Version: 13"] : [];
      expect(await exchange(`GET ${path}`, upgrade)).toMatch(/^HTTP\/1\.1 404 /);
    }
    expect(await countObjects("BuildCoordinator")).toBe(before);
  });
});

test("a GET with a body is refused", async () => {
  const answer = await exchange("GET /v2/", ["Content-Length: 5"], "hello");
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"SIZE_INVALID"');
});

test("a method that writes is refused", async () => {
  const answer = await exchange("POST /v2/git/blobs/uploads/", ["Content-Length: 0"]);
  expect(answer).toMatch(/^HTTP\/1\.1 405 this registry is pull-only\r\n/);
  expect(answer).toMatch(/\r\nAllow: GET, HEAD\r\n/i);
});
