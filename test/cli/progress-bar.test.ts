import { describe, expect, test } from "vitest";
import { renderEnded, renderRunning } from "../../cli/progress-bar.ts";

const PACK = { phase: "pack", step: { done: 3, total: 12, unit: "layers" }, log: "", elapsedMs: 1250 } as const;
const WRITE = { ...PACK, phase: "write", step: { done: 500_000, total: 50_300_000, unit: "bytes" } } as const;
const EVALUATE = { phase: "evaluate", step: undefined, log: "", elapsedMs: 0 } as const;

describe("a phase that runs", () => {
  test.each([
    ["with a known amount has a bar", PACK, "  pack      ██████░░░░░░░░░░░░░░░░░░  3 of 12 layers  1.3 s"],
    ["counts bytes in megabytes", WRITE, "  write     ░░░░░░░░░░░░░░░░░░░░░░░░  500.0 kB of 50.3 MB  1.3 s"],
    ["without an amount has the time", EVALUATE, "  evaluate  0.0 s"],
    ["shows the log", { ...EVALUATE, log: "copying" }, "  evaluate  0.0 s  copying"],
    [
      "with nothing to do is done",
      { ...EVALUATE, step: { done: 0, total: 0, unit: "layers" } },
      "  evaluate  ████████████████████████  0 of 0 layers  0.0 s",
    ],
  ] as const)("%s", (_, state, text) => expect(renderRunning(state, 120)).toBe(text));

  test("has one line on a narrow terminal", () => {
    expect(renderRunning(PACK, 20)).toBe("  pack      ██████░░");
  });

  test("does not let a builder move the cursor", () => {
    const log = "\u001b[2J\u001b[1;1Hgotcha\r\n\u0007";
    expect(renderRunning({ ...EVALUATE, log }, 120)).toBe("  evaluate  0.0 s  gotcha   ");
  });
});

test.each([
  [PACK, "pack      12 layers  1.3 s"],
  [WRITE, "write     50.3 MB  1.3 s"],
  [EVALUATE, "evaluate  0.0 s"],
  [{ ...PACK, step: { done: 1, total: 1, unit: "layers" } }, "pack      1 layer  1.3 s"],
] as const)("a phase that has succeeded shows its total", (state, text) => expect(renderEnded(state, true)).toBe(text));

test("a phase that has failed shows its progress", () => {
  expect(renderEnded(PACK, false)).toBe("pack      3 of 12 layers  1.3 s");
});
