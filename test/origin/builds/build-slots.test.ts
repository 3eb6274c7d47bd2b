import { describe, expect, test, vi } from "vitest";
import { type BuildSlots, createBuildSlots } from "../../../origin/builds/build-slots.ts";
import { rejection, until } from "../fixtures.ts";

const NEVER = new AbortController().signal;

/** Begins builds that run until `end`. `begun` lists the builds that have begun, in order. */
function builds(slots: BuildSlots) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    end: (name: string) => ends.get(name)?.(),
    start: (client: string, name: string, { onWait = () => {}, signal = NEVER } = {}) =>
      slots.run({ client, onWait, signal }, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      }),
  };
}

describe("clients take turns", () => {
  test("one client leaves a place free, and another client gets it at once", async () => {
    const { begun, start } = builds(createBuildSlots(3));
    for (const name of ["a1", "a2", "a3", "a4"]) void start("a", name);
    void start("b", "b1");
    await until(() => begun.length === 3);
    expect(begun).toEqual(["a1", "a2", "b1"]);
  });

  test("a free place goes to the client with the fewest builds", async () => {
    const { begun, start, end } = builds(createBuildSlots(3));
    for (const name of ["a1", "a2", "a3", "a4"]) void start("a", name);
    for (const name of ["b1", "b2"]) void start("b", name);
    void start("c", "c1");
    await until(() => begun.length === 3);
    end("a1");
    await until(() => begun.length === 4);
    end("b1");
    await until(() => begun.length === 5);
    expect(begun).toEqual(["a1", "a2", "b1", "c1", "b2"]);
  });

  test("forty builds of one client do not hold up another client's build", async () => {
    const { begun, start } = builds(createBuildSlots(2));
    for (let index = 0; index < 40; index++) void start("flood", `flood${index}`);
    void start("innocent", "innocent");
    await until(() => begun.includes("innocent"));
    expect(begun).toEqual(["flood0", "innocent"]);
  });

  test("among builds of unknown clients, the newest gets the last place", async () => {
    const { begun, start, end } = builds(createBuildSlots(2));
    for (const name of ["1", "2", "3", "4"]) void start("", name);
    await until(() => begun.length === 2);
    void start("", "newest");
    end("2");
    await until(() => begun.length === 3);
    end("1");
    await until(() => begun.length === 4);
    expect(begun).toEqual(["1", "2", "newest", "3"]);
  });

  test("with one place there is one build at a time", async () => {
    const { begun, start, end } = builds(createBuildSlots(1));
    void start("a", "a1");
    void start("a", "a2");
    await until(() => begun.length === 1);
    end("a1");
    await until(() => begun.length === 2);
    expect(begun).toEqual(["a1", "a2"]);
  });
});

describe("a build that waits", () => {
  test("gets its place in the line, and each change of it", async () => {
    const { begun, start, end } = builds(createBuildSlots(1));
    const onWait = vi.fn();
    void start("a", "a1");
    void start("a", "a2");
    void start("a", "a3", { onWait });
    await until(() => begun.length === 1);
    end("a1");
    await until(() => begun.length === 2);
    expect(onWait.mock.calls).toEqual([[2], [1]]);
  });

  test("leaves the line if it is stopped", async () => {
    const slots = createBuildSlots(1);
    const { start } = builds(slots);
    const stop = new AbortController();
    void start("a", "a1");
    const waiting = rejection(start("a", "a2", { signal: stop.signal }));
    await until(() => slots.counts.waiting === 1);
    stop.abort(new Error("the origin is stopping"));
    expect(await waiting).toMatchObject({ message: "the origin is stopping" });
    expect(slots.counts).toEqual({ running: 1, waiting: 0 });
  });

  test("is refused after 250 builds of the same client, but not of other clients", async () => {
    const { start, begun } = builds(createBuildSlots(2));
    for (let index = 0; index < 251; index++) void start("flood", `flood${index}`);
    expect(await rejection(start("flood", "one more"))).toMatchObject({ code: "TOOMANYREQUESTS" });
    void start("innocent", "innocent");
    await until(() => begun.includes("innocent"));
  });
});

test("a build that fails frees its place", async () => {
  const slots = createBuildSlots(1);
  const fail = () => Promise.reject(new Error("no"));
  expect(await rejection(slots.run({ client: "a", onWait: () => {}, signal: NEVER }, fail))).toMatchObject({
    message: "no",
  });
  expect(slots.counts).toEqual({ running: 0, waiting: 0 });
});
