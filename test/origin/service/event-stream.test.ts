import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BuildEvent, BuildListener } from "../../../protocol/build-events.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { eventStream } from "../../../origin/service/event-stream.ts";
import { rejection } from "../fixtures.ts";

const DIGEST = sha256Digest("0".repeat(64));
const IMAGE: BuildEvent = {
  event: "image",
  manifests: { oci: DIGEST, docker: DIGEST },
  revision: "r1",
  resolvedAt: "2026-01-01T00:00:00.000Z",
};
const ERROR: BuildEvent = { event: "error", code: "UNKNOWN", message: "internal error" };

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** A stream whose events come from the test. */
function setUp() {
  const leave = vi.fn();
  const subscribed = Promise.withResolvers<BuildListener>();
  const stream = eventStream(async (listener) => {
    subscribed.resolve(listener);
    return leave;
  });
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  return { reader, leave, listener: subscribed.promise };
}

type Reader = ReturnType<typeof setUp>["reader"];

async function rest(reader: Reader): Promise<string> {
  let text = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
  return text;
}

test("the first line comes before the build has been found", async () => {
  const reader = eventStream(() => new Promise(() => undefined)).getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toBe('{"event":"queued"}\n');
});

test("events are a line of JSON each", async () => {
  const { reader, listener } = setUp();
  const tell = await listener;
  tell({ event: "phase", phase: "evaluate" });
  tell({ event: "log", line: "größe\n2" });
  tell(ERROR);
  expect(await rest(reader)).toBe(
    '{"event":"queued"}\n{"event":"phase","phase":"evaluate"}\n{"event":"log","line":"größe\\n2"}\n' +
      '{"event":"error","code":"UNKNOWN","message":"internal error"}\n',
  );
});

describe.each([IMAGE, ERROR])("after the outcome $event", (outcome) => {
  test("the stream ends, whatever other events come", async () => {
    const { reader, listener } = setUp();
    const tell = await listener;
    tell(outcome);
    tell({ event: "log", line: "too late" });
    tell(outcome);
    expect(await rest(reader)).toBe(`{"event":"queued"}\n${JSON.stringify(outcome)}\n`);
  });

  test("no heartbeat follows, and the listener is removed", async () => {
    const { reader, listener, leave } = setUp();
    (await listener)(outcome);
    await rest(reader);
    expect(vi.getTimerCount()).toBe(0);
    expect(leave).toHaveBeenCalled();
  });
});

test("an outcome that comes before the subscription returns ends the stream too", async () => {
  const leave = vi.fn();
  const stream = eventStream(async (listener) => {
    listener(IMAGE);
    return leave;
  });
  expect(await new Response(stream).text()).toBe(`{"event":"queued"}\n${JSON.stringify(IMAGE)}\n`);
  expect(leave).toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

describe("a heartbeat", () => {
  test("comes every five seconds", async () => {
    const { reader, listener } = setUp();
    const tell = await listener;
    vi.advanceTimersByTime(4999);
    tell({ event: "phase", phase: "evaluate" });
    vi.advanceTimersByTime(1);
    vi.advanceTimersByTime(5000);
    tell(ERROR);
    expect((await rest(reader)).split("\n").slice(0, 4)).toEqual([
      '{"event":"queued"}',
      '{"event":"phase","phase":"evaluate"}',
      '{"event":"heartbeat"}',
      '{"event":"heartbeat"}',
    ]);
  });

  test("comes while the build is still being looked for", async () => {
    const reader = eventStream(() => new Promise(() => undefined)).getReader();
    await reader.read();
    vi.advanceTimersByTime(5000);
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('{"event":"heartbeat"}\n');
  });
});

describe("a reader that leaves", () => {
  test("gets no more events", async () => {
    const { reader, listener, leave } = setUp();
    const tell = await listener;
    await reader.cancel();
    expect(leave).toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
    expect(() => tell(IMAGE)).not.toThrow();
  });

  test("before the build is found leaves as soon as it is found", async () => {
    const found = Promise.withResolvers<() => void>();
    const stream = eventStream(() => found.promise);
    const leave = vi.fn();
    await stream.cancel();
    found.resolve(leave);
    await vi.waitFor(() => expect(leave).toHaveBeenCalled());
  });
});

test("if the look-up of the build fails, the stream breaks, and no heartbeat follows", async () => {
  const stream = eventStream(() => Promise.reject(new Error("no")));
  expect(await rejection(new Response(stream).text())).toMatchObject({ message: "no" });
  expect(vi.getTimerCount()).toBe(0);
});

async function startStream() {
  const subscribed = Promise.withResolvers<BuildListener>();
  const stream = eventStream(async (listener) => {
    subscribed.resolve(listener);
    return () => undefined;
  });
  return { stream, tell: await subscribed.promise };
}

test("a slow reader misses only log lines and new work, but not the log's end", async () => {
  const { stream, tell } = await startStream();
  for (let line = 0; line < 5000; line++) tell({ event: "log", line: String(line) });
  tell({ event: "work", work: "build", name: "git", state: "started" });
  const kept: BuildEvent[] = [
    { event: "work", work: "build", name: "bash", state: "ended" },
    { event: "layer", index: 0, total: 1, description: "root", digest: DIGEST, size: 1, known: false },
    { event: "phase", phase: "publish" },
  ];
  kept.forEach(tell);
  tell(IMAGE);
  const lines = (await new Response(stream).text()).trimEnd().split("\n");
  const isLog = (line: string) => line.includes('"log"');
  expect(lines.length).toBeGreaterThan(1500);
  expect(lines.length).toBeLessThan(1510);
  expect(lines.filter((line) => !isLog(line)).slice(1)).toEqual([...kept, IMAGE].map((event) => JSON.stringify(event)));
  expect(lines.slice(-501)).toEqual([
    ...Array.from({ length: 500 }, (_, line) => JSON.stringify({ event: "log", line: String(4500 + line) })),
    JSON.stringify(IMAGE),
  ]);
});

test("a reader that has caught up gets the last log lines that it missed", async () => {
  const { stream, tell } = await startStream();
  for (let line = 0; line < 5000; line++) tell({ event: "log", line: String(line) });
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes('"4999"')) text += (await reader.read()).value;
  expect(text).toContain('"4500"');
  expect(text).not.toContain('"4499"');
});
