import { newTrace } from "../../../protocol/trace-context.ts";
import { listDurableObjectIds } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { type BuildEvent, formatEvent } from "../../../protocol/build-events.ts";
import { callOrigin } from "../../../worker/origins/call.ts";
import { type Bindings, parseConfig } from "../../../worker/settings.ts";
import type { Step } from "../../scripted-origin/script.ts";
import { makeImage, tagRecord } from "../images.ts";
import { fail, heartbeats, imageRequest, originCalls, scriptOrigin, sendEvents, succeed } from "../origin.ts";

const QUEUED = { send: formatEvent({ event: "queued" }) };

interface CallOptions {
  readonly settings?: Partial<Bindings>;
  readonly signal?: AbortSignal;
  readonly maxSilenceMs?: number;
}

/** Calls the first of the configured origins, and returns all events. */
async function call(name: string, { settings = {}, signal, maxSilenceMs }: CallOptions = {}): Promise<BuildEvent[]> {
  const { origin } = parseConfig({ ...env, ...settings });
  const events: BuildEvent[] = [];
  const outcome = await callOrigin({
    origin,
    url: origin.urls[0] ?? "",
    image: imageRequest(name),
    trace: newTrace(),
    onEvent: (event) => events.push(event),
    signal: signal ?? new AbortController().signal,
    ...(maxSilenceMs === undefined ? {} : { maxSilenceMs }),
  });
  return [...events, outcome];
}

test("all events are passed on, the outcome last", async () => {
  const image = await makeImage("events");
  await scriptOrigin("events", succeed(image));
  expect(await call("events")).toEqual([
    { event: "queued" },
    { event: "phase", phase: "evaluate" },
    { event: "log", line: "building" },
    { event: "heartbeat" },
    { event: "image", ...tagRecord(image) },
  ]);
});

async function eventsAfter(name: string, before: readonly Step[]): Promise<BuildEvent[]> {
  const image = await makeImage(name);
  await scriptOrigin(name, {
    steps: [QUEUED, ...before, ...sendEvents({ event: "image", ...tagRecord(image) }).steps],
  });
  const events = await call(name);
  expect(events.pop()).toEqual({ event: "image", ...tagRecord(image) });
  return events;
}

describe("the answer is read as a stream", () => {
  test("of many log lines", async () => {
    const line = formatEvent({ event: "log", line: "x".repeat(100) });
    expect(await eventsAfter("chatty", [{ send: line.repeat(100), times: 200 }])).toHaveLength(20_001);
  });

  test("of one line longer than any event", async () => {
    const megabyte = { send: "x".repeat(1 << 20), times: 20 };
    const steps = [{ send: '{"event":"log","line":"' }, megabyte, { send: '"}\n' }];
    expect(await eventsAfter("long-line", steps)).toEqual([{ event: "queued" }]);
  });

  test("in pieces of any size, even if they cut a character", async () => {
    const pieces = ['{"event":"lo', 'g","line":"ü', '"}', "\n\n"].flatMap((send) => [{ send }, { waitMs: 20 }]);
    expect(await eventsAfter("pieces", pieces)).toEqual([{ event: "queued" }, { event: "log", line: "ü" }]);
  });

  test("with events of a later version in it", async () => {
    expect(await eventsAfter("later", [{ send: '{"event":"paused"}\n' }])).toEqual([{ event: "queued" }]);
  });
});

describe("silence", () => {
  test("ends a call", async () => {
    await scriptOrigin("silent", { steps: [QUEUED, { waitMs: 2000 }] });
    await expect(call("silent", { maxSilenceMs: 200 })).rejects.toThrow("the origin was silent for 200 ms");
  });

  test.each([
    ["no-status", { muteMs: 2000, steps: [] }],
    ["no-event", { steps: [{ waitMs: 2000 }] }],
  ])("at the beginning ends it, too: %s", async (name, script) => {
    await scriptOrigin(name, script);
    await expect(call(name, { maxSilenceMs: 200 })).rejects.toThrow("the origin was silent for 200 ms");
  });

  test("does not begin while there are heartbeats", async () => {
    await scriptOrigin("alive", { steps: [...heartbeats(8, 150), ...fail("UNAVAILABLE", "x").steps] });
    expect(await call("alive", { maxSilenceMs: 1000 })).toHaveLength(10);
  });
});

test("a call ends when its time is over", async () => {
  await scriptOrigin("endless", { steps: [QUEUED, ...heartbeats(20, 100)] });
  await expect(call("endless", { signal: AbortSignal.timeout(300) })).rejects.toThrow(/time/);
});

test("a call fails if the origin does not run", async () => {
  await expect(call("down", { settings: { ORIGIN_URL: "http://127.0.0.1:1" } })).rejects.toThrow();
});

describe("a call", () => {
  test("with a signature of another secret is a fault for the operator", async () => {
    await scriptOrigin("other-secret", fail("UNAVAILABLE", "x"));
    await call("other-secret", { settings: { ORIGIN_SECRET: "another secret of the same length".repeat(2) } });
    expect(await originCalls("other-secret")).toMatchObject([{ signature: "wrong" }]);
  });

  test("carries the service token of Cloudflare Access", async () => {
    await scriptOrigin("token", fail("UNAVAILABLE", "x"));
    await call("token", { settings: { ORIGIN_ACCESS_CLIENT_ID: "id", ORIGIN_ACCESS_CLIENT_SECRET: "secret" } });
    await call("token");
    expect(await originCalls("token")).toMatchObject([{ accessToken: "id:secret" }, { accessToken: ":" }]);
  });

  test("goes through the binding that presents the Worker's certificate", async () => {
    // Like the certificate's binding, this one has its own fetch. It leads to the Worker, which has no such address.
    const settings = { ORIGIN_CERT: exports.default };
    await expect(call("certificate", { settings })).rejects.toHaveProperty(
      "cause.message",
      expect.stringContaining("this registry has nothing at this address"),
    );
    expect(await originCalls("certificate")).toEqual([]);
  });

  test("goes to the container that the address names, if containers are bound", async () => {
    // Like containers, the objects of this namespace have names. Unlike containers, they answer no request.
    const settings = { ORIGIN_CONTAINERS: env.PULLS, ORIGIN_URL: "http://origin-1" };
    await expect(call("contained", { settings })).rejects.toThrow(/fetch/);
    const names = await listDurableObjectIds(env.PULLS);
    expect(names.some((id) => id.equals(env.PULLS.idFromName("origin-1")))).toBe(true);
  });
});
