import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, expect } from "vitest";
import { download } from "../../../origin/downloads/download.ts";
import { listenLocally, rejection, test } from "../fixtures.ts";
import { containing, matching } from "../../matchers.ts";

const { signal } = new AbortController();
const FILE = "0123456789";
const LIMITS = { silenceMs: 2000, maxBytes: FILE.length, signal };

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;
type OnEnd = (close: () => Promise<void>) => void;

function listen(answer: Answer, onEnd: OnEnd): Promise<string> {
  return listenLocally(
    createServer((request, response) => void answer(response, request)),
    onEnd,
  );
}

async function text(url: string, options: Partial<Parameters<typeof download>[1]>) {
  return Buffer.concat(await Array.fromAsync(download(url, { ...LIMITS, ...options }))).toString();
}

function part(start: number, body: string): Answer {
  return (response) => response.writeHead(206, { "content-range": `bytes ${start}-9/10` }).end(body);
}

describe("a download that begins in the middle of a file", () => {
  test.for<[what: string, answer: Answer]>([
    ["asks for the rest", part(4, FILE.slice(4))],
    ["drops what the server sends too early", part(2, FILE.slice(2))],
    ["drops the first part if the server sends the whole file", (response) => response.end(FILE)],
  ])("%s", async ([, answer], { onTestFinished }) => {
    const ranges: (string | undefined)[] = [];
    const url = await listen((response, request) => {
      ranges.push(request.headers.range);
      return answer(response, request);
    }, onTestFinished);
    let bytes = 0;
    expect(await text(url, { from: 4, onBytes: (count) => (bytes += count) })).toBe("456789");
    expect(ranges).toEqual(["bytes=4-"]);
    expect(bytes).toBe(6);
  });

  test.for<[what: string, answer: Answer, message: string]>([
    ["a later part", part(6, FILE.slice(6)), "the server sent another part of the file"],
    [
      "a part that it does not name",
      (response) => response.writeHead(206).end(FILE),
      "the server sent another part of",
    ],
    ["no more bytes", (response) => response.writeHead(416).end(), "the file ends too early"],
    ["too many bytes", part(4, `${FILE.slice(4)}x`), "the server sends more than 10 bytes"],
  ])("refuses %s", async ([, answer, message], { onTestFinished }) => {
    const error = await rejection(text(await listen(answer, onTestFinished), { from: 4 }));
    expect(error).toMatchObject({ message: containing(message), isTransient: false });
  });
});

test("a server that is slower than the lowest rate counts as down", async ({ onTestFinished }) => {
  const url = await listen((response) => {
    const timer = setInterval(() => response.write("x"), 50);
    response.once("close", () => clearInterval(timer));
  }, onTestFinished);
  const error = await rejection(text(url, { silenceMs: 400, lowestRate: 1000, maxBytes: 1000 }));
  expect(error).toMatchObject({
    message: matching(/^the server sent only \d bytes for 0 s$/),
    failure: "silent",
  });
});

test("a server that is faster may take longer than the limit", async ({ onTestFinished }) => {
  const url = await listen((response) => {
    let left = 20;
    const timer = setInterval(() => {
      response.write("x".repeat(100));
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      response.end();
    }, 50);
  }, onTestFinished);
  expect(await text(url, { silenceMs: 600, lowestRate: 200, maxBytes: 2000 })).toHaveLength(2000);
});

test("a redirect to another server gets no password", async ({ onTestFinished }) => {
  const seen: (string | undefined)[] = [];
  const answer: Answer = (response, { headers }) => {
    seen.push(headers.authorization);
    response.end("ok");
  };
  const other = await listen(answer, onTestFinished);
  const url = await listen((response, request) => {
    if (request.url === "/here") return answer(response, request);
    return response.writeHead(302, { location: request.url === "/away" ? other : "/here" }).end();
  }, onTestFinished);
  const headers = { authorization: "Basic cmVhZGVyOnNlY3JldA==" };
  expect(await text(`${url}/away`, { headers })).toBe("ok");
  expect(await text(`${url}/`, { headers })).toBe("ok");
  expect(seen).toEqual([undefined, headers.authorization]);
});
