import { describe, expect, it } from "vitest";
import { countBuilds, originState, untilHealthy } from "../../../worker/containers/origin-state.ts";
import { RecordingContainer } from "./recording-container.ts";

const UNDER_WAY = 'cornice_builds_under_way{phase="realise"} 1\n';

function originThat(answers: RecordingContainer["answers"]) {
  const container = new RecordingContainer();
  container.running = true;
  container.answers = { ...container.answers, ...answers };
  return container.getTcpPort(8788);
}

describe("the state of an origin", () => {
  it.each([
    ["rests", {}],
    ["builds", { "/metrics": () => new Response(UNDER_WAY) }],
    ["is not ready", { "/readyz": () => new Response("not ready: disk", { status: 503 }) }],
    ["is silent", { "/metrics": () => Promise.reject(new Error("network")) }],
    ["is silent", { "/metrics": () => new Response("an error", { status: 500 }) }],
    ["is silent", { "/metrics": () => new Response("# a line without end".repeat(60_000)) }],
  ] as const)('is "%s"', async (state, answers) => {
    expect(await originState(originThat(answers))).toBe(state);
  });
});

describe("the builds in metrics", () => {
  it("are added up over their phases", () => {
    const lines = ["# TYPE cornice_builds_under_way gauge", UNDER_WAY, 'cornice_builds_under_way{phase="pack"} 2', ""];
    expect(countBuilds(lines.join("\n"))).toBe(3);
  });

  it("are none before the first build", () => {
    expect(countBuilds("# TYPE cornice_builds_under_way gauge\n")).toBe(0);
  });

  it("count as one if their number cannot be read", () => {
    expect(countBuilds('cornice_builds_under_way{phase="pack"} many\n')).toBe(1);
  });
});

describe("waiting for an origin", () => {
  it("ends when it answers", async () => {
    let calls = 0;
    const answer = () => new Response("", { status: ++calls < 3 ? 503 : 200 });
    await untilHealthy(originThat({ "/healthz": answer }), AbortSignal.timeout(10_000));
    expect(calls).toBe(3);
  });

  it("ends with its limit", async () => {
    const port = originThat({ "/healthz": () => new Response("", { status: 503 }) });
    await expect(untilHealthy(port, AbortSignal.timeout(20))).rejects.toThrow(/timeout/i);
  });
});
