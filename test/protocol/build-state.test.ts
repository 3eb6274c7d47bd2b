import { describe, expect, test } from "vitest";
import type { BuildEvent, WorkEnd } from "../../protocol/build-events.ts";
import { applyEvent, applyEvents, type BuildState, newBuildState, workProgress } from "../../protocol/build-state.ts";
import { sha256Digest } from "../../protocol/digest.ts";

/** The state after events. One event comes each second. */
function after(events: readonly BuildEvent[]): BuildState {
  return events.reduce(
    (state, event, index) => applyEvent(state, { at: (index + 1) * 1000, event }),
    newBuildState("git:latest", 0),
  );
}

test("each phase has the time at which it began", () => {
  const { phases } = after([{ event: "queued" }, { event: "phase", phase: "resolve" }, { event: "heartbeat" }]);
  expect(phases).toEqual([{ phase: "resolve", at: 2000 }]);
});

test("a state has the layers that are ready, and the number of all layers", () => {
  const layer = { index: 1, description: "git", digest: sha256Digest("0".repeat(64)), size: 3, known: true };
  const { layers, layerCount } = after([{ event: "layer", total: 2, ...layer }]);
  expect({ layers, layerCount }).toEqual({ layers: [layer], layerCount: 2 });
});

test("if another origin begins the build again, only the log stays", () => {
  const events: readonly BuildEvent[] = [
    { event: "queued" },
    { event: "phase", phase: "realise" },
    { event: "work", work: "build", name: "git", state: "started" },
    { event: "log", line: "the first one breaks off" },
    { event: "queued" },
    { event: "phase", phase: "resolve" },
  ];
  expect(after(events)).toEqual({
    ...newBuildState("git:latest", 0),
    phases: [{ phase: "resolve", at: 6000 }],
    log: { dropped: 0, lines: ["the first one breaks off"] },
  });
});

test("a name is cut to 256 characters", () => {
  const name = "n".repeat(1000);
  expect(after([{ event: "work", work: "build", name, state: "started" }]).work[0]?.name).toBe("n".repeat(256));
});

test("the last bytes of downloads count", () => {
  const download = (done: number) => ({ event: "download", done, total: 9 }) as const;
  expect(after([download(3), download(5)]).download).toEqual({ done: 5, total: 9 });
});

test("events have the same effect together as one by one", () => {
  const events: readonly BuildEvent[] = Array.from({ length: 2000 }, (_, index) => [
    { event: "log", line: `${index}`.repeat(index) } as const,
    { event: "work", work: "download", name: `p${index}`, state: "started" } as const,
    { event: "phase", phase: "realise" } as const,
  ]).flat();
  const timed = events.map((event, index) => ({ at: (index + 1) * 1000, event }));
  expect(applyEvents(newBuildState("git:latest", 0), timed)).toEqual(after(events));
});

test("the outcome ends a build", () => {
  const outcome = { event: "error", code: "UNKNOWN", message: "internal error" } as const;
  expect(after([outcome]).end).toEqual({ at: 1000, outcome });
});

describe("Nix's work", () => {
  const work = (name: string, state: "started" | WorkEnd) => ({ event: "work", work: "build", name, state }) as const;

  test("has a beginning and an end, by name", () => {
    expect(after([work("a", "started"), work("b", "started"), work("b", "ended")]).work).toEqual([
      { work: "build", name: "a", startedAt: 1000 },
      { work: "build", name: "b", startedAt: 2000, endedAt: 3000 },
    ]);
  });

  test("that ends but never began is ignored", () => {
    expect(after([work("a", "ended"), work("b", "failed")]).work).toEqual([]);
  });

  test("can fail, or stop because other work failed, also when Nix says so late", () => {
    expect(after([work("a", "started"), work("b", "started"), work("b", "failed"), work("a", "stopped")]).work).toEqual(
      [
        { work: "build", name: "a", startedAt: 1000, endedAt: 4000, trouble: "stopped" },
        { work: "build", name: "b", startedAt: 2000, endedAt: 3000, trouble: "failed" },
      ],
    );
    expect(after([work("a", "started"), work("a", "ended"), work("a", "failed")]).work).toEqual([
      { work: "build", name: "a", startedAt: 1000, endedAt: 2000, trouble: "failed" },
    ]);
  });

  test("that no event has ended stops when the build fails", () => {
    const outcome = { event: "error", code: "UNKNOWN", message: "" } as const;
    const [running] = after([work("a", "started")]).work;
    expect(running && workProgress(running, undefined)).toBe("running");
    expect(running && workProgress(running, { at: 2000, outcome })).toBe("stopped");
  });

  test("is limited: ended work is removed first", () => {
    const names = Array.from({ length: 600 }, (_, index) => `p${index}`);
    const state = after([
      work("long", "started"),
      ...names.flatMap((name) => [work(name, "started"), work(name, "ended")]),
    ]);
    expect(state.work).toHaveLength(500);
    expect([state.work[0]?.name, state.work[1]?.name, state.work.at(-1)?.name]).toEqual(["long", "p101", "p599"]);
  });
});

describe("the log", () => {
  const logged = (lines: readonly string[]) => after(lines.map((line) => ({ event: "log", line }))).log;

  test("has its last 500 lines, and the number of lines before them", () => {
    const lines = Array.from({ length: 1234 }, (_, index) => `line ${index}`);
    expect(logged(lines)).toEqual({ dropped: 734, lines: lines.slice(-500) });
  });

  test("has fewer lines if they are long, and only the start of each", () => {
    const { dropped, lines } = logged(Array.from({ length: 1000 }, (_, index) => `${index % 10}`.repeat(10_000)));
    expect([lines.length, dropped, lines.at(-1)]).toEqual([128, 872, "9".repeat(2048)]);
  });

  test("has a replacement character if a cut splits a character", () => {
    expect(logged([`${"x".repeat(2047)}🦀`]).lines).toEqual([`${"x".repeat(2047)}\ufffd`]);
  });
});
