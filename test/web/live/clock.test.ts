import { describe, expect, it } from "vitest";
import { newBuildState } from "../../../protocol/build-state.ts";
import { clockLead, phaseTimes } from "../../../web/live/clock.ts";

const STATE = {
  ...newBuildState("git:latest", 1000),
  phases: [
    { phase: "resolve", at: 1000 },
    { phase: "evaluate", at: 1500 },
  ],
} as const;

describe("the steps of a build", () => {
  it("take the time until the next one, or until now", () => {
    const [resolve, evaluate, realise] = phaseTimes(STATE, 4000);
    expect(resolve).toMatchObject({ phase: "resolve", took: 500, state: "over" });
    expect(evaluate).toMatchObject({ phase: "evaluate", took: 2500, state: "running" });
    expect(realise).toEqual({ phase: "realise", title: "Build and download", state: "ahead" });
  });

  it("stop when the build ends, and the last one has failed", () => {
    const outcome = { event: "error", code: "UNKNOWN", message: "" } as const;
    const [, evaluate] = phaseTimes({ ...STATE, end: { at: 2000, outcome } }, 9000);
    expect(evaluate).toMatchObject({ took: 500, state: "failed" });
  });

  it("never take less than zero, even if clocks differ", () => {
    expect(phaseTimes(STATE, 0)[1]).toMatchObject({ took: 0 });
  });
});

describe("the lead of this machine's clock", () => {
  it("is the least that was seen, because events take time to arrive", () => {
    expect(clockLead(undefined, 1000, 1300)).toBe(300);
    expect(clockLead(300, 2000, 2100)).toBe(100);
    expect(clockLead(100, 3000, 3200)).toBe(100);
  });
});
