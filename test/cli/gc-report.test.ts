import { expect, test } from "vitest";
import type { GcResult } from "../../cli/gc-command.ts";
import { gcEvent, gcText } from "../../cli/gc-report.ts";

const RESULT: GcResult = {
  dryRun: false,
  removed: {
    blob: { objects: 12, bytes: 52_700_000 },
    tag: { objects: 1, bytes: 300 },
    "name-index": { objects: 2, bytes: 1000 },
  },
  operations: { kvReads: 0, kvWrites: 300, r2Reads: 12_000, r2Writes: 500 },
  tags: ["4ff9961269bf7630/amd64/git:latest"],
};

test("tells what was removed, by kind", () => {
  expect(gcText(RESULT).split("\n")).toEqual([
    "  1 tag, 300 B",
    "  12 blobs, 52.7 MB",
    "  2 index objects, 1.0 kB",
    "removed 15 objects, 52.7 MB",
    "12800 operations at R2 and KV: 0.0081 dollars",
  ]);
  expect(gcText({ ...RESULT, removed: {}, tags: [] })).toMatch(/^removed 0 objects, 0 B$/m);
});

test("a dry run names the tags, up to twenty", () => {
  const tags = Array.from({ length: 22 }, (_, index) => `4ff9961269bf7630/amd64/p${index}:latest`);
  const lines = gcText({ ...RESULT, dryRun: true, tags }).split("\n");
  expect(lines[0]).toBe("  4ff9961269bf7630/amd64/p0:latest");
  expect(lines[20]).toBe("  and 2 more tags; --json has all");
  expect(lines.at(-2)).toBe("would remove 15 objects, 52.7 MB; nothing was removed");
});

test("the event has the same facts as JSON", () => {
  expect(JSON.parse(gcEvent(RESULT))).toEqual({ event: "gc", ...RESULT });
});
