import { describe, expect, test, vi } from "vitest";
import type { BuildEvent } from "../../../protocol/build-events.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import type { ImageRequest } from "../../../protocol/image-request.ts";
import { OciError } from "../../../protocol/oci-error.ts";
import { type BuildQueue, createBuildQueue } from "../../../origin/builds/build-queue.ts";
import { RevisionRefusal } from "../../../origin/builds/refusals.ts";

const REQUEST: ImageRequest = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git"] };
const DIGEST = sha256Digest("0".repeat(64));
const RECORD = { manifests: { oci: DIGEST, docker: DIGEST }, revision: "r1", resolvedAt: "2026-01-01T00:00:00.000Z" };
const WORK = { work: "build", name: "git-2.51.0", state: "started" } as const;
const LAYER = { index: 0, total: 1, description: "root", digest: DIGEST, size: 1, known: false };

type Run = Parameters<typeof createBuildQueue>[0]["run"];

/** A queue whose builds are controlled by the test: their events and their ends. */
function setUp() {
  const builds: { tell: Parameters<Run>[1]; end: (record: typeof RECORD) => void; fail: (error: unknown) => void }[] =
    [];
  const run = vi.fn<Run>((_request, tell) => {
    const { promise, resolve, reject } = Promise.withResolvers<typeof RECORD>();
    builds.push({ tell, end: resolve, fail: reject });
    return promise;
  });
  const onFailure = vi.fn();
  const queue = createBuildQueue({ run, onFailure });
  const build = (index = 0) => {
    const found = builds[index];
    if (!found) throw new Error(`there is no build ${index}`);
    return found;
  };
  return { queue, run, onFailure, build };
}

async function join(queue: BuildQueue, request = REQUEST): Promise<{ events: BuildEvent[]; leave: () => void }> {
  const events: BuildEvent[] = [];
  return { events, leave: await queue.join(request, (event) => events.push(event)) };
}

test("a listener gets progress and outcome in order", async () => {
  const { queue, build } = setUp();
  const { events } = await join(queue);
  build().tell({ event: "phase", phase: "evaluate" });
  build().tell({ event: "log", line: "copying path" });
  build().tell({ event: "work", ...WORK });
  build().tell({ event: "layer", ...LAYER });
  build().end(RECORD);
  await queue.idle();
  expect(events).toEqual([
    { event: "phase", phase: "evaluate" },
    { event: "log", line: "copying path" },
    { event: "work", ...WORK },
    { event: "layer", ...LAYER },
    { event: "image", ...RECORD },
  ]);
});

test("a listener hears nothing after the outcome", async () => {
  const { queue, build } = setUp();
  const { events } = await join(queue);
  build().end(RECORD);
  await queue.idle();
  build().tell({ event: "work", ...WORK });
  expect(events).toEqual([{ event: "image", ...RECORD }]);
});

describe("a build is run", () => {
  test("once for all callers that ask at the same time", async () => {
    const { queue, run, build } = setUp();
    const joined = await Promise.all(Array.from({ length: 100 }, () => join(queue)));
    build().end(RECORD);
    await queue.idle();
    expect(run).toHaveBeenCalledTimes(1);
    for (const { events } of joined) expect(events).toEqual([{ event: "image", ...RECORD }]);
  });

  test("once for later callers too, who get the further events", async () => {
    const { queue, run, build } = setUp();
    await join(queue);
    build().tell({ event: "phase", phase: "evaluate" });
    const { events } = await join(queue);
    build().tell({ event: "phase", phase: "realise" });
    build().end(RECORD);
    await queue.idle();
    expect(run).toHaveBeenCalledTimes(1);
    expect(events).toEqual([
      { event: "phase", phase: "realise" },
      { event: "image", ...RECORD },
    ]);
  });

  test("again after the end of the last one", async () => {
    const { queue, run, build } = setUp();
    const first = await join(queue);
    build().end(RECORD);
    await queue.idle();
    const second = await join(queue);
    build(1).end({ ...RECORD, revision: "r2" });
    await queue.idle();
    expect(run).toHaveBeenCalledTimes(2);
    expect(first.events).toEqual([{ event: "image", ...RECORD }]);
    expect(second.events).toEqual([{ event: "image", ...RECORD, revision: "r2" }]);
  });

  test.each<[string, ImageRequest]>([
    ["another tag", { ...REQUEST, tag: "v1" }],
    ["another source", { ...REQUEST, source: "path:/a" }],
    ["another architecture", { ...REQUEST, architecture: "arm64" }],
    ["other packages", { ...REQUEST, packages: ["git", "htop"] }],
  ])("for %s of its own", async (_, other) => {
    const { queue, run } = setUp();
    await join(queue);
    await join(queue, other);
    expect(run.mock.calls.map(([request]) => request)).toEqual([REQUEST, other]);
  });
});

test("a listener that leaves gets no more events, and the build goes on for the others", async () => {
  const { queue, build } = setUp();
  const leaver = await join(queue);
  const stayer = await join(queue);
  build().tell({ event: "phase", phase: "evaluate" });
  leaver.leave();
  build().end(RECORD);
  await queue.idle();
  expect(leaver.events).toEqual([{ event: "phase", phase: "evaluate" }]);
  expect(stayer.events.at(-1)).toEqual({ event: "image", ...RECORD });
});

test("a build outlives all its listeners, and is found again", async () => {
  const { queue, run, build } = setUp();
  (await join(queue)).leave();
  const { events } = await join(queue);
  build().end(RECORD);
  await queue.idle();
  expect(run).toHaveBeenCalledTimes(1);
  expect(events).toEqual([{ event: "image", ...RECORD }]);
});

describe("a build that fails", () => {
  test("with an error for users passes it on", async () => {
    const { queue, onFailure, build } = setUp();
    const { events } = await join(queue);
    const error = new OciError("MANIFEST_UNKNOWN", "no such package: gti", { detail: { unknown: ["gti"] } });
    build().fail(error);
    await queue.idle();
    expect(events).toEqual([
      { event: "error", code: "MANIFEST_UNKNOWN", message: "no such package: gti", detail: { unknown: ["gti"] } },
    ]);
    expect(onFailure.mock.calls).toEqual([[REQUEST, error]]);
  });

  test("because a revision lacks a name has the revision", async () => {
    const { queue, build } = setUp();
    const { events } = await join(queue);
    build().fail(new RevisionRefusal(new OciError("MANIFEST_UNKNOWN", "no such package: gti"), "r1"));
    await queue.idle();
    expect(events).toEqual([
      { event: "error", code: "MANIFEST_UNKNOWN", message: "no such package: gti", revision: "r1" },
    ]);
  });

  test("with an error without detail has no detail", async () => {
    const { queue, build } = setUp();
    const { events } = await join(queue);
    build().fail(new OciError("MANIFEST_UNKNOWN", "no such tag"));
    await queue.idle();
    expect(events).toEqual([{ event: "error", code: "MANIFEST_UNKNOWN", message: "no such tag" }]);
  });

  test.each([new Error("the token is 123"), "text", undefined])(
    "by a defect shows nothing of it: %j",
    async (defect) => {
      const { queue, onFailure, build } = setUp();
      const { events } = await join(queue);
      build().fail(defect);
      await queue.idle();
      expect(events).toEqual([{ event: "error", code: "UNKNOWN", message: "internal error" }]);
      expect(onFailure.mock.calls).toEqual([[REQUEST, defect]]);
    },
  );

  test("before it has begun is reported too, and forgotten", async () => {
    const run = vi.fn<Run>(() => {
      throw new OciError("DENIED", "no");
    });
    const queue = createBuildQueue({ run, onFailure: vi.fn() });
    const first = await join(queue);
    await queue.idle();
    await join(queue);
    expect(first.events).toEqual([{ event: "error", code: "DENIED", message: "no" }]);
    expect(run).toHaveBeenCalledTimes(2);
  });
});

describe("a queue becomes idle", () => {
  test("at once without builds", async () => {
    await expect(setUp().queue.idle()).resolves.toBeUndefined();
  });

  test("only when every build has ended or failed", async () => {
    const { queue, build } = setUp();
    await join(queue);
    await join(queue, { ...REQUEST, packages: ["htop"] });
    const isIdle = vi.fn();
    const idle = queue.idle().then(isIdle);
    build(0).fail(new Error("no"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isIdle).not.toHaveBeenCalled();
    build(1).end(RECORD);
    await idle;
    expect(isIdle).toHaveBeenCalledTimes(1);
  });
});

test("a closed queue begins no build, but lets callers join those that are under way", async () => {
  const { queue, run, build } = setUp();
  const first = await join(queue);
  queue.close(new OciError("UNAVAILABLE", "closed"));
  const [second, other] = [await join(queue), await join(queue, { ...REQUEST, packages: ["htop"] })];
  expect(queue.isClosed()).toBe(true);
  expect(other.events).toEqual([{ event: "error", code: "UNAVAILABLE", message: "closed" }]);
  build().end(RECORD);
  await queue.idle();
  for (const { events } of [first, second]) expect(events).toEqual([{ event: "image", ...RECORD }]);
  expect(run).toHaveBeenCalledTimes(1);
});
