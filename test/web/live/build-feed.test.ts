import { describe, expect, it } from "vitest";
import { newBuildState } from "../../../protocol/build-state.ts";
import { adviceFor } from "../../../web/live/advice.ts";
import { afterMessage } from "../../../web/live/build-feed.ts";
import { parseBuildState } from "../../../protocol/parse-build-state.ts";
import { parseBuildMessage } from "../../../web/live/messages.ts";
import { pauseBefore } from "../../../web/live/reconnect.ts";

const STATE = newBuildState("git:latest", 1000);
const LINE = { at: 2000, event: { event: "log", line: "hello" } } as const;

describe("a message", () => {
  it("with a state replaces the known state", () => {
    const feed = { connection: "lost", state: newBuildState("other:latest", 1) } as const;
    expect(afterMessage(feed, { type: "state", state: STATE }, 0)).toEqual({ state: STATE });
  });

  it("with events adds to the state, and shows the difference of the clocks", () => {
    const change = afterMessage({ connection: "open", state: STATE }, { type: "events", events: [LINE] }, 2300);
    expect(change.state?.log.lines).toEqual(["hello"]);
    expect(change.lead).toBe(300);
  });

  it("with events before any state is ignored", () => {
    expect(afterMessage({ connection: "open" }, { type: "events", events: [LINE] }, 0)).toEqual({});
  });

  it("has a state or events", () => {
    for (const message of [
      { type: "state", state: STATE },
      { type: "events", events: [LINE] },
    ] as const)
      expect(parseBuildMessage(JSON.stringify(message))).toEqual(message);
    for (const text of ["pong", "{}", '{"type":"state","state":{}}', '{"type":"events","events":[{"at":1}]}'])
      expect(parseBuildMessage(text)).toBeNull();
    expect(parseBuildState(null)).toBeNull();
  });
});

describe("pauses between tries", () => {
  it("double up to 15 seconds, and a quarter of each is random", () => {
    expect([1, 2, 3, 10].map((failures) => pauseBefore(failures, 1))).toEqual([500, 1000, 2000, 15_000]);
    expect(pauseBefore(1, 0)).toBe(375);
  });
});

describe("advice", () => {
  it("says for every error what a person can do", () => {
    expect(adviceFor("MANIFEST_UNKNOWN")).toContain("Correct the name");
    expect(adviceFor("UNAVAILABLE")).toContain("built before can be pulled");
    expect(adviceFor("RANGE_INVALID")).toContain("Try again");
  });
});
