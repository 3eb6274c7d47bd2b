import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parseProcessStat, peakOf, residentOf, treeOf } from "../../../bench/whole/process-stat.ts";

const FIELDS = "S 7 42 42 0 -1 4194304 100 0 0 0 120 30 400 5 20 0 11 0 12345 1000000 2000 18446744073709551615";

describe("a process's line in /proc", () => {
  it("has the parent, and the times of the process and of its ended children", () => {
    expect(parseProcessStat(`42 (node) ${FIELDS}\n`)).toEqual({ pid: 42, parent: 7, cpuSeconds: 5.55 });
  });

  it("may have a name with spaces and brackets", () => {
    expect(parseProcessStat(`42 (a) b (c) ${FIELDS}`)).toMatchObject({ pid: 42, parent: 7 });
  });

  it("may be missing, because the process has ended", () => {
    expect(parseProcessStat("")).toBeUndefined();
  });

  it("tells the truth about this process", async () => {
    const stat = parseProcessStat(await readFile("/proc/self/stat", "utf8"));
    expect(stat).toMatchObject({ pid: process.pid, parent: process.ppid });
    expect(stat?.cpuSeconds).toBeGreaterThan(0);
  });
});

it("finds the descendants of a process, in any order", () => {
  const all = [
    [5, 4],
    [4, 2],
    [3, 1],
    [2, 1],
    [1, 0],
  ].map(([pid = 0, parent = 0]) => ({ pid, parent, cpuSeconds: 0 }));
  expect(treeOf(2, all).map(({ pid }) => pid)).toEqual([2, 4, 5]);
  expect(treeOf(9, all)).toEqual([]);
});

it("reads the resident memory and its peak", () => {
  const status = "Name:\tnode\nVmPeak:\t 900 kB\nVmHWM:\t   200 kB\nVmRSS:\t 100 kB\n";
  expect(peakOf(status)).toBe(204_800);
  expect(residentOf(status)).toBe(102_400);
  expect([peakOf(""), residentOf("")]).toEqual([0, 0]);
});
