import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type BuildEvent, formatEvent } from "../../../protocol/build-events.ts";
import { BuildCoordinator } from "../../../worker/builds/build-coordinator.ts";
import { memberAt } from "../../json.ts";
import { anyOf, containing } from "../../matchers.ts";
import { HOST, callWorker, readError } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { makeImage, storeInR2, tagRecord } from "../images.ts";
import { buildNameOf, buildKeyOf, imageRequest, scriptOrigin, sendEvents } from "../origin.ts";
import { eventsPath, follow } from "./socket.ts";

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function send(...events: readonly BuildEvent[]) {
  return { send: events.map(formatEvent).join("") };
}

const log = (line: string): BuildEvent => ({ event: "log", line });

async function begin(name: string): Promise<{ readonly key: string; readonly stub: typeof stubType }> {
  const stub = env.BUILDS.getByName(await buildNameOf(name));
  await stub.wait(imageRequest(name), 1);
  return { key: await buildKeyOf(name), stub };
}

const stubType = env.BUILDS.getByName("");

describe("a browser that follows a build", () => {
  test("gets the state, then new events, then the outcome, and the socket closes", async () => {
    const image = await makeImage("viewed");
    await storeInR2(image);
    const outcome = { event: "image", ...tagRecord(image) } as const;
    await scriptOrigin("viewed", {
      steps: [
        send({ event: "queued" }, { event: "phase", phase: "resolve" }, log("before")),
        { waitMs: 500 },
        send({ event: "heartbeat" }, log("<img src=x onerror=alert(1)>")),
        { waitMs: 300 },
        send({ event: "phase", phase: "realise" }, outcome),
      ],
    });
    const { key, stub } = await begin("viewed");
    await vi.waitFor(async () => expect(await stub.readState()).toContain("before"));
    const { messages, closed, state } = await follow(key);
    expect(await closed).toBe(1000);
    expect(messages.map(({ type }) => type)).toEqual(["state", "events", "events"]);
    expect(state()).toEqual(JSON.parse((await stub.readState()) ?? ""));
    expect(state()).toMatchObject({
      image: "viewed:latest",
      phases: [{ phase: "resolve" }, { phase: "realise" }],
      log: { dropped: 0, lines: ["before", "<img src=x onerror=alert(1)>"] },
      end: { outcome },
    });
  });

  test("gets the whole state again over a new connection, and at once after the end", async () => {
    await scriptOrigin("viewed-again", {
      steps: [
        send(log("one")),
        { waitMs: 300 },
        send(log("two")),
        { waitMs: 600 },
        ...sendEvents({ event: "error", code: "MANIFEST_UNKNOWN", message: "it does not build" }).steps,
      ],
    });
    const { key } = await begin("viewed-again");
    const first = await follow(key);
    await vi.waitFor(() => expect(first.state()?.log.lines).toEqual(["one"]));
    first.socket.close(1000);
    const second = await follow(key);
    await second.closed;
    expect(second.state()?.log.lines).toEqual(["one", "two"]);
    const third = await follow(key);
    expect(await third.closed).toBe(1000);
    expect(third.messages).toHaveLength(1);
    expect(third.state()).toEqual(second.state());
  });

  test("gets many lines in few messages", async () => {
    const lines = Array.from({ length: 40 }, (_, index) => [{ waitMs: 10 }, send(log(`line ${index}`))]).flat();
    await scriptOrigin("viewed-often", { steps: [...lines, send({ event: "error", code: "UNKNOWN", message: "x" })] });
    const { key } = await begin("viewed-often");
    const { messages, closed, state } = await follow(key);
    const began = Date.now();
    await closed;
    expect(messages.length).toBeLessThan(3 + (Date.now() - began) / 100);
    expect(state()?.log.lines).toHaveLength(40);
  });

  test("keeps its connection open by ping, and may send nothing else", async () => {
    await scriptOrigin("viewed-talked-to", { steps: [{ waitMs: 500 }] });
    const { key } = await begin("viewed-talked-to");
    const { socket, closed } = await follow(key);
    const pong = new Promise((resolve) => {
      socket.addEventListener("message", ({ data }) => data === "pong" && resolve(data));
    });
    socket.send("ping");
    expect(await pong).toBe("pong");
    socket.send("begin another build");
    expect(await closed).toBe(1003);
  });
});

describe("a log of 100 MB", () => {
  const LINE = `${"x".repeat(998)}\n`;
  const line = formatEvent(log(LINE.slice(0, -1)));

  test("is not sent whole: memory and messages stay small, and the end arrives", async () => {
    await scriptOrigin("viewed-huge", {
      steps: [
        { waitMs: 300 },
        { send: line.repeat(100), times: 1000 },
        send(log("the end"), { event: "error", code: "MANIFEST_UNKNOWN", message: "it does not build" }),
      ],
    });
    const { key, stub } = await begin("viewed-huge");
    let sent = 0;
    let code = 0;
    for (let connections = 0; code !== 1000 && connections < 100; connections++) {
      const follower = await follow(key);
      code = await follower.closed;
      expect([1000, 1013]).toContain(code);
      const length = follower.messages.reduce((sum, message) => sum + JSON.stringify(message).length, 0);
      expect(length).toBeLessThan(2_500_000);
      sent += length;
      if (code === 1000) expect(follower.state()?.log.lines.at(-1)).toBe("the end");
    }
    const state = (await stub.readState()) ?? "";
    expect(state.length).toBeLessThan(300_000);
    expect(memberAt(JSON.parse(state), "log", "dropped")).toBeGreaterThan(99_000);
    expect(sent).toBeLessThan(20_000_000);
  }, 60_000);
});

test("browsers connect again after a build is lost with its object's memory", async () => {
  await scriptOrigin("viewed-lost", { steps: [{ waitMs: 1000 }] });
  const { key, stub } = await begin("viewed-lost");
  const { closed } = await follow(key);
  await runInDurableObject(stub, (_, context) => new BuildCoordinator(context, env).alarm());
  expect(await closed).toBe(1012);
});

describe("the socket is refused", () => {
  const upgrade = { Upgrade: "websocket" };
  const KEY = "a1".repeat(32);

  test.each<[title: string, path: string, headers: HeadersInit, status: number]>([
    ["for a made-up key", eventsPath(KEY), upgrade, 404],
    ["for a text that is no key", eventsPath("../x"), upgrade, 404],
    ["for a longer path", `${eventsPath(KEY)}/x`, upgrade, 404],
    ["to a page of another site", eventsPath(KEY), { ...upgrade, Origin: "https://evil.test" }, 403],
    ["to a page without an origin", eventsPath(KEY), { ...upgrade, Origin: "null" }, 403],
  ])("%s", async (_, path, headers, status) => {
    const response = await callWorker({}, path, { headers }).response;
    expect(response.status).toBe(status);
    expect(await readError(response)).toMatchObject({ message: anyOf(String) });
  });

  test("to a request without an upgrade", async () => {
    const response = await callWorker({}, eventsPath(await buildKeyOf("viewed-never"))).response;
    expect(response.status).toBe(426);
    expect(await readError(response)).toMatchObject({ message: containing("WebSocket") });
  });

  test("for a build that nobody started", async () => {
    const response = await callWorker({}, eventsPath(await buildKeyOf("viewed-never")), { headers: upgrade }).response;
    expect([response.status, (await readError(response)).code]).toEqual([404, "NAME_UNKNOWN"]);
  });

  test("when a build has too many viewers, until one of them leaves", async () => {
    await scriptOrigin("viewed-crowded", { steps: [{ waitMs: 1000 }] });
    const { key } = await begin("viewed-crowded");
    const followers = await Promise.all(Array.from({ length: 32 }, () => follow(key)));
    const headers = { ...upgrade, Origin: HOST };
    const refused = await callWorker({}, eventsPath(key), { headers }).response;
    expect(refused.status).toBe(429);
    await refused.arrayBuffer();
    followers[0]?.socket.close(1000);
    await vi.waitFor(async () => {
      const response = await callWorker({}, eventsPath(key), { headers }).response;
      response.webSocket?.accept();
      if (response.body) await response.arrayBuffer();
      expect(response.status).toBe(101);
    });
    await Promise.all(followers.map(({ closed }) => closed));
  });
});
