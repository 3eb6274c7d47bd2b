import { expect, test } from "vitest";
import { LogTail } from "../../../worker/builds/log-tail.ts";

function tailOf(lines: readonly string[]): readonly string[] {
  const tail = new LogTail();
  for (const line of lines) tail.add(line);
  return tail.lines;
}

test("the last 500 lines are kept", () => {
  const lines = Array.from({ length: 1234 }, (_, index) => `line ${index}`);
  expect(tailOf(lines)).toEqual(lines.slice(-500));
});

test("fewer where they are long, and of each no more than a start", () => {
  const kept = tailOf(Array.from({ length: 1000 }, (_, index) => `${index % 10}`.repeat(10_000)));
  expect(kept).toHaveLength(128);
  expect(kept.at(-1)).toBe("9".repeat(2048));
});
