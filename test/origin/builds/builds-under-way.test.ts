import { describe, expect, test } from "vitest";
import { BuildsUnderWay } from "../../../origin/builds/builds-under-way.ts";
import { rejection } from "../fixtures.ts";

const NEVER = new AbortController().signal;
const LONG_MS = 600_000;

/** A build that the test ends. */
function startBuild(builds: BuildsUnderWay) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { done: builds.run(() => promise), resolve, reject };
}

/** Waits for builds, and notes when the wait has ended. */
function waitFor(builds: BuildsUnderWay, signal = NEVER) {
  const state = { isOver: false };
  const over = builds.giveWay(signal).then(() => void (state.isOver = true));
  return { state, over };
}

async function turnOfEventLoop(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("other work", () => {
  test("begins at once without builds", async () => {
    await new BuildsUnderWay(LONG_MS).giveWay(NEVER);
  });

  test("waits until all builds have ended, also those that begin meanwhile", async () => {
    const builds = new BuildsUnderWay(LONG_MS);
    const first = startBuild(builds);
    const { state, over } = waitFor(builds);
    const second = startBuild(builds);
    first.resolve("image");
    await first.done;
    await turnOfEventLoop();
    expect(state.isOver).toBe(false);
    second.resolve("image");
    await over;
  });

  test("also begins after a build that fails", async () => {
    const builds = new BuildsUnderWay(LONG_MS);
    const { done, reject } = startBuild(builds);
    const { over } = waitFor(builds);
    reject(new Error("no such package"));
    expect(await rejection(done)).toMatchObject({ message: "no such package" });
    await over;
  });

  test("does not wait for ever for an origin that is always busy", async () => {
    const builds = new BuildsUnderWay(20);
    startBuild(builds);
    await builds.giveWay(NEVER);
  });

  test("ends with the signal", async () => {
    const builds = new BuildsUnderWay(LONG_MS);
    startBuild(builds);
    const stop = new AbortController();
    const waiting = rejection(builds.giveWay(stop.signal));
    stop.abort(new Error("stopping"));
    expect(await waiting).toMatchObject({ message: "stopping" });
    expect(await rejection(builds.giveWay(stop.signal))).toMatchObject({ message: "stopping" });
  });
});
