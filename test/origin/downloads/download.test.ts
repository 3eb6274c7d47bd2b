import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";
import { describe, expect } from "vitest";
import { download } from "../../../origin/downloads/download.ts";
import { listenLocally, rejection, test } from "../fixtures.ts";

const signal = new AbortController().signal;
/** Long enough for a busy machine to send a byte. */
const SILENCE_MS = 2000;
const SHORT_MS = 300;

async function text(url: string, options: { readonly silenceMs?: number; readonly signal?: AbortSignal } = {}) {
  const chunks = download(url, { silenceMs: SILENCE_MS, maxBytes: 1000, signal, ...options });
  return Buffer.concat(await Array.fromAsync(chunks)).toString();
}

test("a download goes on as long as bytes arrive", async ({ onTestFinished }) => {
  const server = createServer((_, response) => {
    void (async () => {
      for (let index = 0; index < 5; index += 1) {
        response.write("x");
        await setTimeout(SILENCE_MS / 4);
      }
      response.end();
    })();
  });
  expect(await text(await listenLocally(server, onTestFinished))).toBe("x".repeat(5));
});

test.for([0, 1])("a server that goes silent after %i bytes counts as down", async (count, { onTestFinished }) => {
  const server = createServer((_, response) => {
    if (count > 0) response.write("x".repeat(count));
  });
  const url = await listenLocally(server, onTestFinished);
  expect(await rejection(text(url, { silenceMs: SHORT_MS }))).toMatchObject({
    message: "the server sent nothing for 0 s",
    isTransient: true,
  });
});

test("time that the reader takes does not count as silence", async ({ onTestFinished }) => {
  const server = createServer((_, response) => response.end("x".repeat(500)));
  const url = await listenLocally(server, onTestFinished);
  let bytes = 0;
  for await (const chunk of download(url, { silenceMs: SILENCE_MS, maxBytes: 1000, signal })) {
    await setTimeout(SILENCE_MS + SHORT_MS);
    bytes += chunk.length;
  }
  expect(bytes).toBe(500);
});

describe("a failure says why", () => {
  test.for([
    [404, { message: "the server does not have it", isTransient: false, isMissing: true }],
    [403, { message: "the server answered 403", isTransient: false, isMissing: false }],
    [429, { message: "the server answered 429", isTransient: true }],
    [502, { message: "the server answered 502", isTransient: true }],
  ] as const)("%i", async ([status, expected], { serve }) => {
    const { url } = await serve(() => ({ status, body: "no" }));
    expect(await rejection(text(url))).toMatchObject({ name: "DownloadError", ...expected });
  });

  test("no server", async () => {
    const expected = { message: "the server cannot be reached", isTransient: true };
    expect(await rejection(text("http://127.0.0.1:1"))).toMatchObject(expected);
  });

  test("a connection that breaks", async ({ onTestFinished }) => {
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("x", () => response.destroy());
    });
    const url = await listenLocally(server, onTestFinished);
    expect(await rejection(text(url))).toMatchObject({ message: "the connection broke", isTransient: true });
  });

  test("too many bytes", async ({ serve }) => {
    const { url } = await serve(() => ({ status: 200, body: "x".repeat(1001) }));
    expect(await rejection(text(url))).toMatchObject({ message: "the server sends more than 1000 bytes" });
  });

  test("a stop", async ({ onTestFinished }) => {
    const stop = new AbortController();
    const server = createServer(() => stop.abort(new Error("stopped")));
    const url = await listenLocally(server, onTestFinished);
    expect(await rejection(text(url, { signal: stop.signal }))).toMatchObject({ message: "stopped" });
  });
});
