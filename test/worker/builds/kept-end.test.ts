import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type BuildEvent, formatEvent } from "../../../protocol/build-events.ts";
import type { BuildState } from "../../../protocol/build-state.ts";
import { parseJson } from "../../../protocol/json-object.ts";
import { parseBuildState } from "../../../protocol/parse-build-state.ts";
import { spyOnLog } from "../failure-log.ts";
import { makeImage, storeInR2, tagRecord } from "../images.ts";
import { buildNameOf, buildKeyOf, imageRequest, scriptOrigin, sendEvents, succeed } from "../origin.ts";
import { follow } from "./socket.ts";

const DAY_MS = 86_400_000;
const FAILURE = { event: "error", code: "MANIFEST_UNKNOWN", message: "it does not build" } as const;

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

async function coordinator(name: string) {
  return env.BUILDS.getByName(await buildNameOf(name));
}

type Stub = Awaited<ReturnType<typeof coordinator>>;

async function readState(stub: Stub): Promise<BuildState | null> {
  return parseBuildState(parseJson((await stub.readState()) ?? "null"));
}

async function build(name: string, ...events: readonly BuildEvent[]): Promise<Stub> {
  await scriptOrigin(name, sendEvents(...events));
  const stub = await coordinator(name);
  await stub.wait(imageRequest(name), 20_000);
  return stub;
}

function countStored(stub: Stub): Promise<number> {
  return runInDurableObject(stub, async (_, { storage }) => (await storage.list()).size);
}

describe("the end of a build can be read after its object has left memory", () => {
  test("completely, also of a failed build", async () => {
    const stub = await build("kept-failed", { event: "log", line: "größe 🦀" }, FAILURE);
    const before = await readState(stub);
    await evictDurableObject(stub);
    expect(await readState(stub)).toEqual(before);
    expect(before).toMatchObject({
      image: "kept-failed:latest",
      log: { lines: ["größe 🦀"] },
      end: { outcome: FAILURE },
    });
  });

  test("also by a browser", async () => {
    const stub = await build("kept-followed", FAILURE);
    await evictDurableObject(stub);
    const { closed, state } = await follow(await buildKeyOf("kept-followed"));
    expect(await closed).toBe(1000);
    expect(state()).toEqual(await readState(stub));
  });

  test("also if it is large", async () => {
    const lines = Array.from({ length: 200 }, (): BuildEvent => ({ event: "log", line: "\u0001\u20ac".repeat(1000) }));
    const names = Array.from({ length: 600 }, (_, index): BuildEvent => {
      return { event: "work", work: "build", name: `${"\u20ac".repeat(200)}${index}`, state: "started" };
    });
    const stub = await build("kept-large", ...lines, ...names, FAILURE);
    const before = await stub.readState();
    expect(new TextEncoder().encode(before ?? "").length).toBeGreaterThan(1024 * 1024);
    expect(await countStored(stub)).toBeGreaterThan(1);
    await evictDurableObject(stub);
    expect(await stub.readState()).toBe(before);
    await build("kept-large", FAILURE);
  });

  test("for a day", async () => {
    const stub = await build("kept-old", FAILURE);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await readState(stub)).not.toBeNull();
    vi.setSystemTime(Date.now() + DAY_MS + 1);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await evictDurableObject(stub);
    expect(await readState(stub)).toBeNull();
    expect(await countStored(stub)).toBe(0);
    expect(await runDurableObjectAlarm(stub)).toBe(false);
  });
});

describe("the stored end", () => {
  test("is that of the last build; while a build is running, its state has no end", async () => {
    const stub = await build("kept-twice", FAILURE);
    vi.setSystemTime(Date.now() + 31_000);
    await scriptOrigin("kept-twice", {
      steps: [{ waitMs: 300 }, { send: formatEvent({ ...FAILURE, message: "again" }) }],
    });
    await stub.wait(imageRequest("kept-twice"), 1);
    expect((await readState(stub))?.end).toBeUndefined();
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await stub.wait(imageRequest("kept-twice"), 5000);
    await evictDurableObject(stub);
    expect((await readState(stub))?.end?.outcome).toMatchObject({ message: "again" });
  });

  test("shows how an image was built, also after a look-up that found the same image", async () => {
    const image = await makeImage("kept-steady");
    await storeInR2(image);
    await scriptOrigin("kept-steady", succeed(image));
    const stub = await coordinator("kept-steady");
    await stub.wait(imageRequest("kept-steady"), 5000);
    vi.setSystemTime(Date.now() + 400_000);
    await build("kept-steady", { event: "image", ...tagRecord(image, 5) });
    await vi.waitFor(async () => expect((await readState(stub))?.log.lines).toEqual(["building"]));
    await evictDurableObject(stub);
    expect((await readState(stub))?.log.lines).toEqual(["building"]);
  });
});

test("an end that another version of the Worker stored is removed", async () => {
  const stub = await coordinator("kept-other");
  await runInDurableObject(stub, (_, { storage }) => storage.put("end/0/000", "another form"));
  expect(await readState(stub)).toBeNull();
  await runInDurableObject(stub, (instance) => instance.alarm());
  expect(await countStored(stub)).toBe(0);
});

test("a request for a build that nobody started stores nothing", async () => {
  const stub = await coordinator("kept-never");
  expect(await readState(stub)).toBeNull();
  expect(await countStored(stub)).toBe(0);
});
