import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { terminalProgress } from "../../cli/terminal-progress.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const START_OF_LINE = "\u001b[1G\u001b[2K";

function createTerminal(columns: number) {
  const terminal = Object.assign(new PassThrough(), { columns });
  return { terminal, text: () => String(terminal.read() ?? "") };
}

test("one line is redrawn, and stays when its phase has ended", () => {
  const { terminal, text } = createTerminal(80);
  const progress = terminalProgress(terminal, Date.now);
  progress.phase("pack");
  expect(text()).toBe(`${START_OF_LINE}  pack      0.0 s`);
  progress.step({ done: 1, total: 2, unit: "layers" });
  vi.advanceTimersByTime(100);
  expect(text()).toBe(`${START_OF_LINE}  pack      ████████████░░░░░░░░░░░░  1 of 2 layers  0.1 s`);
  progress.log("packed");
  vi.advanceTimersByTime(100);
  expect(text()).toContain("0.2 s  packed");
  progress.phase("write");
  expect(text()).toBe(`${START_OF_LINE}✓ pack      2 layers  0.2 s\n${START_OF_LINE}  write     0.0 s`);
  progress.end(true);
  expect(text()).toBe(`${START_OF_LINE}✓ write     0.0 s\n`);
});

test("a note stays above the redrawn line", () => {
  const { terminal, text } = createTerminal(80);
  const progress = terminalProgress(terminal, Date.now);
  progress.phase("realise");
  text();
  progress.note("git is\u001b[2J left\tout");
  expect(text()).toBe(`${START_OF_LINE}git is left out\n${START_OF_LINE}  realise   0.0 s`);
  progress.end(true);
});

test("a phase that failed is marked, and nothing is drawn after it", () => {
  const { terminal, text } = createTerminal(80);
  const progress = terminalProgress(terminal, Date.now);
  progress.phase("evaluate");
  progress.end(false);
  expect(text()).toContain("✗ evaluate  0.0 s\n");
  vi.advanceTimersByTime(1000);
  expect(text()).toBe("");
});

test("a terminal of unknown width counts as 80 columns wide", () => {
  const { terminal, text } = createTerminal(0);
  const progress = terminalProgress(terminal, Date.now);
  progress.log("x".repeat(100));
  progress.phase("pack");
  progress.log("x".repeat(100));
  text();
  vi.advanceTimersByTime(100);
  expect(text()).toHaveLength(START_OF_LINE.length + 79);
  progress.end(true);
});
