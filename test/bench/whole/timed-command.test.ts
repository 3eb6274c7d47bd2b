import { expect, it } from "vitest";
import { parseTimes, timed } from "../../../bench/whole/timed-command.ts";

it("adds user and system time", () => {
  expect(parseTimes("1m5.120s 0m0.400s")).toBeCloseTo(65.52);
  expect(() => parseTimes("")).toThrow("times printed");
});

it("passes arguments and settings on, and returns the output", async () => {
  const { output, cpuSeconds } = await timed(`echo "$2 $1"; echo "$NAME"`, ["a b", "c"], { NAME: "set" });
  expect(output).toBe("c a b\nset");
  expect(cpuSeconds).toBeGreaterThanOrEqual(0);
});

it("fails with the command", async () => {
  await expect(timed("false", [])).rejects.toThrow();
});
