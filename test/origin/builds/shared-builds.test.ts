import { expect, test } from "vitest";
import { SharedBuilds } from "../../../origin/builds/shared-builds.ts";
import type { BuildListener } from "../../../protocol/build-events.ts";
import { rejection } from "../fixtures.ts";
import { recordEvents } from "../recorded-events.ts";

function setUp() {
  const shared = new SharedBuilds<string>();
  const started: {
    readonly tell: BuildListener;
    readonly end: (result: string) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const start = (tell: BuildListener) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    started.push({ tell, end: resolve, fail: reject });
    return promise;
  };
  const join = (key: string) => {
    const recorded = recordEvents();
    return { result: shared.run(key, recorded.onEvent, start), ...recorded };
  };
  const begun = async () => new Promise((resolve) => setImmediate(resolve));
  return { join, started, begun };
}

test("callers with one key share a build and its result", async () => {
  const { join, started, begun } = setUp();
  const callers = [join("a"), join("a")];
  await begun();
  started[0]?.end("image");
  expect(await Promise.all(callers.map(({ result }) => result))).toEqual(["image", "image"]);
  expect(started).toHaveLength(1);
});

test("another key has a build of its own", async () => {
  const { join, started, begun } = setUp();
  join("a");
  join("b");
  await begun();
  expect(started).toHaveLength(2);
});

test("a caller that joins gets the phase of the build, and what follows", async () => {
  const { join, started, begun } = setUp();
  const first = join("a");
  await begun();
  started[0]?.tell({ event: "phase", phase: "evaluate" });
  started[0]?.tell({ event: "log", line: "one" });
  const second = join("a");
  started[0]?.tell({ event: "log", line: "two" });
  expect([first.lines(), second.lines(), second.phases()]).toEqual([["one", "two"], ["two"], ["evaluate"]]);
});

test("a failure reaches all callers, and the next caller starts again", async () => {
  const { join, started, begun } = setUp();
  const failures = [join("a"), join("a")].map(({ result }) => rejection(result));
  await begun();
  started[0]?.fail(new Error("no"));
  expect(await Promise.all(failures)).toMatchObject([{ message: "no" }, { message: "no" }]);
  join("a");
  await begun();
  expect(started).toHaveLength(2);
});
