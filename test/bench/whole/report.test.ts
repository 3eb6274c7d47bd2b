import { expect, it } from "vitest";
import { headLine, reportLines } from "../../../bench/whole/report.ts";
import { CORNICE, REGISTRY_2, type Sample, TAR_GZIP, usageSince } from "../../../bench/whole/sample.ts";
import type { Usage } from "../../../bench/whole/usage.ts";

const usage = (origin: number, edge: number): Usage => ({
  origin: { cpuSeconds: origin, peakBytes: origin * 1e8 },
  edge: { cpuSeconds: edge, peakBytes: edge * 1e8 },
});

it("prints medians, ratios of rounds, CPU time by process, and memory", () => {
  const cold = (by: string, value: number, more: Partial<Sample>): Sample => ({
    row: "cold",
    by,
    value,
    unit: "s",
    ...more,
  });
  const samples = [
    cold(TAR_GZIP, 6, { cpuSeconds: 5 }),
    cold(CORNICE, 2, { usage: usage(2, 1) }),
    cold(TAR_GZIP, 8, { cpuSeconds: 6 }),
    cold(CORNICE, 4, { usage: usage(2.2, 1.2) }),
    cold(TAR_GZIP, 7, { cpuSeconds: 5.5 }),
    cold(CORNICE, 2.5, { usage: usage(2.1, 1.1) }),
  ];
  expect(reportLines(samples, [])).toEqual([
    "cold",
    "  tar | gzip -6 7.00 s (6.00 to 8.00)",
    "    CPU 5.50 s",
    "  Cornice       2.50 s (2.00 to 4.00), 2.80 times as fast as tar | gzip -6",
    "    CPU 3.20 s (origin 2.10 s and 220 MB, edge 1.10 s and 120 MB), 0.58 times the baseline's",
  ]);
});

it("compares rates by the higher one", () => {
  const rate = (by: string, value: number): Sample => ({ row: "warm", by, value, unit: "requests/s" });
  expect(reportLines([rate(CORNICE, 4200), rate(REGISTRY_2, 1400)], [])).toEqual([
    "warm",
    "  Cornice       4200 requests/s (4200 to 4200), 3.00 times as fast as registry:2",
    "  registry:2    1400 requests/s (1400 to 1400)",
  ]);
});

it("prints the counted requests of a measurement, even if nothing else was measured", () => {
  const traffic = {
    requests: { "R2 read": 65, "R2 write": 133, KV: 2 },
    sentToStores: 46_500_000,
    readFromStores: 20_000,
    sentToWorker: 0,
  };
  expect(reportLines([], [{ row: "cold", traffic }])).toEqual([
    "cold",
    "  requests: 65 R2 reads, 133 R2 writes, 2 KV; 46.5 MB to the stores, 0.0 MB from them, 0.0 MB from the origin to the Worker",
  ]);
});

const ALONE = {
  busy: 0,
  rounds: 5,
  loads: [0.5, 1.24],
  latency: { r2ReadMs: 0, r2WriteMs: 0, kvMs: 0 },
  mbit: undefined,
};

it.each([
  [ALONE, "Medians of 5 rounds; no busy loops; load average 0.5 to 1.2"],
  [{ ...ALONE, busy: 2, loads: [3] }, "Medians of 5 rounds; 2 busy loops; load average 3.0 to 3.0"],
  [
    { ...ALONE, latency: { r2ReadMs: 60, r2WriteMs: 250, kvMs: 300 }, mbit: 100 },
    "Medians of 5 rounds; no busy loops; load average 0.5 to 1.2; R2 reads 60 ms, R2 writes 250 ms, KV 300 ms longer; " +
      "100 Mbit/s between origin and edge",
  ],
])("says under which conditions it measured", (conditions, line) => {
  expect(headLine(conditions)).toBe(line);
});

it("subtracts the CPU time of an earlier moment, and keeps the later peaks", () => {
  expect(usageSince(usage(1, 2), usage(3, 7))).toEqual({
    origin: { cpuSeconds: 2, peakBytes: 3e8 },
    edge: { cpuSeconds: 5, peakBytes: 7e8 },
  });
});
