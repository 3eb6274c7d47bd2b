import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { CacheError } from "../../../origin/caches/cache-error.ts";
import { type ArchiveOptions, openArchive } from "../../../origin/caches/open-archive.ts";
import { startStandIn } from "../../stand-in/server.ts";
import { listenLocally, rejection, test as base, writeTree } from "../fixtures.ts";
import { containing } from "../../matchers.ts";

const { signal } = new AbortController();
/** Every byte tells its place. */
const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
const CACHE = "https://cache.example.com";

interface Read extends Partial<ArchiveOptions> {
  readonly fileSize?: number | undefined;
}

async function read(url: string, options: Read = {}) {
  const { fileSize, ...further } = { fileSize: BYTES.length, ...options };
  const headers = { authorization: "Basic x" };
  const archive = { cache: CACHE, url, headers, compression: "none", fileSize } as const;
  const limits = { signal, silenceMs: 3000, maxBytes: 1_000_000, pausesMs: [1, 1] };
  return Buffer.concat(await Array.fromAsync(openArchive(archive, { ...limits, name: "hello-2.12", ...further })));
}

interface Cached {
  url(faults?: string): string;
  /** The same file in a folder. */
  readonly file: string;
}

const test = base.extend<{ cached: Cached }>({
  async cached({ directory, onTestFinished }, use) {
    const folder = await writeTree(`${directory}/cache`, { "nar/": "" });
    await writeFile(`${folder}/nar/a.nar`, BYTES);
    const server = await startStandIn({ cache: folder });
    onTestFinished(() => server.stop());
    const file = pathToFileURL(`${folder}/nar/a.nar`).href;
    await use({ file, url: (faults) => `${server.cacheUrl(faults)}/nar/a.nar` });
  },
});

describe("the whole archive comes", () => {
  test.for(["ok", "503first", "truncfirst", "truncated", "short"])(
    "over HTTP, from a server with %s",
    async (faults, { cached }) => {
      let bytes = 0;
      expect((await read(cached.url(faults), { onBytes: (count) => (bytes += count) })).equals(BYTES)).toBe(true);
      expect(bytes).toBe(BYTES.length);
    },
  );

  test("after a server stopped in the middle", async ({ cached }) => {
    expect((await read(cached.url("stall"), { silenceMs: 900 })).equals(BYTES)).toBe(true);
  });

  test("from a folder", async ({ cached }) => {
    expect((await read(cached.file)).equals(BYTES)).toBe(true);
  });

  test("without a known size", async ({ cached }) => {
    expect((await read(cached.url(), { fileSize: undefined })).equals(BYTES)).toBe(true);
  });
});

type Answer = (response: ServerResponse, request: IncomingMessage, index: number) => unknown;

/** Counts requests, and keeps their ranges. */
async function serve(answer: Answer, onEnd: (close: () => Promise<void>) => void) {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(response, request, ranges.length - 1);
  });
  return { url: `${await listenLocally(server, onEnd)}/nar/a.nar`, ranges };
}

/** Sends some bytes, then breaks the connection. */
function breaks(response: ServerResponse, bytes: Uint8Array): void {
  response.writeHead(200, { "content-length": BYTES.length });
  response.write(bytes, () => void setTimeout(20).then(() => response.destroy()));
}

describe("a connection that breaks", () => {
  test("goes on behind the last byte", async ({ onTestFinished }) => {
    const { url, ranges } = await serve((response, { headers }, index) => {
      expect(headers).toMatchObject({ authorization: "Basic x", "accept-encoding": "identity" });
      if (index === 0) return breaks(response, BYTES.subarray(0, 1000));
      const range = { "content-range": `bytes 1000-${BYTES.length - 1}/${BYTES.length}` };
      return response.writeHead(206, range).end(BYTES.subarray(1000));
    }, onTestFinished);
    expect((await read(url)).equals(BYTES)).toBe(true);
    expect(ranges).toEqual([undefined, "bytes=1000-"]);
  });

  test("goes on if the server knows no ranges", async ({ onTestFinished }) => {
    const { url, ranges } = await serve(
      (response, _, index) => (index === 0 ? breaks(response, BYTES.subarray(0, 1000)) : response.end(BYTES)),
      onTestFinished,
    );
    let bytes = 0;
    expect((await read(url, { onBytes: (count) => (bytes += count) })).equals(BYTES)).toBe(true);
    expect([bytes, ranges.length]).toEqual([BYTES.length, 2]);
  });

  test("gets all attempts again after much progress", async ({ onTestFinished }) => {
    const whole = Buffer.alloc(5_000_000, "x");
    const { url, ranges } = await serve((response, { headers }) => {
      const from = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
      const range = { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` };
      response.writeHead(from === 0 ? 200 : 206, from === 0 ? {} : range);
      const to = from + 1_250_000;
      if (to >= whole.length) return response.end(whole.subarray(from));
      return response.write(whole.subarray(from, to), () => void setTimeout(20).then(() => response.destroy()));
    }, onTestFinished);
    expect(await read(url, { fileSize: whole.length, maxBytes: whole.length, pausesMs: [1] })).toHaveLength(
      whole.length,
    );
    expect(ranges).toHaveLength(4);
  });

  test("is an error after three attempts", async ({ onTestFinished }) => {
    const { url, ranges } = await serve((response) => breaks(response, BYTES.subarray(0, 1000)), onTestFinished);
    const message = `hello-2.12: the binary cache ${CACHE} breaks off in the middle of an answer`;
    expect(await rejection(read(url))).toMatchObject({ name: "CacheError", cache: CACHE, message, isTransient: true });
    expect(ranges).toHaveLength(3);
  });
});

const LONG = Buffer.concat([BYTES, Buffer.from("x")]);
const SAYS = `hello-2.12: the binary cache ${CACHE}`;

describe("an error tells of", () => {
  test.for<[what: string, answer: Answer, message: string, isTransient: boolean]>([
    [
      "a lost archive",
      (response) => response.writeHead(404).end(),
      "knows the store path, but has lost its archive",
      false,
    ],
    ["a server error", (response) => response.writeHead(502).end(), "answers HTTP error 502", true],
    [
      "a missing password",
      (response) => response.writeHead(401).end(),
      "answers HTTP error 401; it needs a password (CORNICE_NIX_NETRC)",
      false,
    ],
    ["a byte too many", (response) => response.end(LONG), "sends more bytes than it announced", false],
    ["an end that comes too early", (response) => response.end("x"), "breaks off in the middle of an answer", true],
  ])("%s", async ([, answer, words, isTransient], { onTestFinished }) => {
    const { url } = await serve(answer, onTestFinished);
    const error = await rejection(read(url));
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ message: `${SAYS} ${words}`, isTransient });
  });

  test("a server that sends 1 KB a second", async ({ onTestFinished }) => {
    const { url } = await serve((response) => {
      const timer = setInterval(() => response.write("x".repeat(102)), 100);
      response.once("close", () => clearInterval(timer));
    }, onTestFinished);
    const error = await rejection(read(url, { silenceMs: 1000, pausesMs: [] }));
    expect(error).toMatchObject({ message: `${SAYS} does not answer, or stops answering`, isTransient: true });
  });

  test("more bytes than the caller allows", async ({ cached }) => {
    const message = `${SAYS} sends more bytes than it announced`;
    for (const url of [cached.url(), cached.file])
      expect(await rejection(read(url, { maxBytes: BYTES.length - 1 }))).toMatchObject({ message });
  });

  test("a file that is too short or missing", async ({ cached }) => {
    expect(await rejection(read(cached.file, { fileSize: BYTES.length + 1 }))).toMatchObject({
      message: `${SAYS} breaks off in the middle of an answer`,
    });
    expect(await rejection(read(`${cached.file}.xz`))).toMatchObject({
      message: `${SAYS} knows the store path, but has lost its archive`,
    });
  });
});

test("an error names the file if it knows no name", async ({ cached }) => {
  const archive = { cache: CACHE, url: `${cached.file}.xz`, headers: {}, compression: "xz", fileSize: 1 } as const;
  const chunks = openArchive(archive, { signal, silenceMs: 3000, maxBytes: 1 });
  expect(await rejection(Array.fromAsync(chunks))).toMatchObject({ message: containing("a.nar.xz: the binary cache") });
});

test("a signal ends the download", async ({ cached }) => {
  for (const url of [cached.url("hang"), cached.url("stall"), cached.file]) {
    const stop = AbortSignal.timeout(url === cached.file ? 0 : 100);
    if (url === cached.file) await setTimeout(5);
    expect(await rejection(read(url, { signal: stop }))).toMatchObject({ name: "TimeoutError" });
  }
});
