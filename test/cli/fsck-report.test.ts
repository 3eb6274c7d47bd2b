import { describe, expect, test } from "vitest";
import { parseArguments } from "../../cli/arguments.ts";
import { checkProgress } from "../../cli/fsck-progress.ts";
import type { FsckResult } from "../../cli/fsck-command.ts";
import { fsckEvent, fsckText, hasFindings } from "../../cli/fsck-report.ts";
import { plainProgress } from "../../cli/progress.ts";
import type { Outcome } from "../../origin/repair/repair-stores.ts";

const RESULT: FsckResult = {
  counts: {
    objects: new Map([
      ["blob", 10],
      ["tag", 2],
    ]),
    foreign: 0,
    entries: 3,
  },
  bytesRead: 5_000_000,
  hasMore: false,
  findings: [],
  repair: false,
  seconds: 2,
};

function found(...outcomes: readonly (Outcome | undefined)[]): FsckResult["findings"] {
  return outcomes.map((outcome, place) => ({
    place: "R2",
    key: `k${place}`,
    fault: { kind: "damaged" },
    message: `k${place} holds no tag`,
    ...(outcome && { outcome }),
  }));
}

describe("the report of fsck", () => {
  test("says what was checked if nothing is wrong", () => {
    expect(fsckText({ ...RESULT, counts: { ...RESULT.counts, foreign: 1, entries: 1 } })).toBe(
      "checked 12 objects and 1 entry of KV, 1 object of others left alone; read 5.0 MB, 2.5 MB a second; nothing is wrong",
    );
  });

  test("has a line for each finding, and says what to do", () => {
    expect(fsckText({ ...RESULT, findings: found(undefined) })).toBe(
      "found: k0 holds no tag\n" +
        "checked 12 objects and 3 entries of KV; read 5.0 MB, 2.5 MB a second; 1 finding; --repair repairs it",
    );
  });

  test("says how each finding ended", () => {
    const findings = found("restored", "rebuilt", "removed", "removed", "left");
    const lines = fsckText({ ...RESULT, repair: true, findings }).split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "restored: k0 holds no tag",
      "rebuilt: k1 holds no tag",
      "removed: k2 holds no tag",
      "removed: k3 holds no tag",
      "left: k4 holds no tag",
    ]);
    expect(lines[5]).toMatch(/; 1 restored, 1 rebuilt, 2 removed, 1 left$/);
  });

  test("shows a hundred findings, and says that there are more", () => {
    const text = fsckText({
      ...RESULT,
      hasMore: true,
      findings: found(...Array.from({ length: 105 }, () => undefined)),
    });
    expect(text.split("\n").slice(100, 102)).toEqual([
      "and 5 more; --json has all",
      "there are more findings than one run can keep: run the command again",
    ]);
  });

  test("is one line of JSON", () => {
    expect(JSON.parse(fsckEvent({ ...RESULT, findings: found("left") }))).toMatchObject({
      event: "fsck",
      counts: { objects: { blob: 10, tag: 2 }, foreign: 0, entries: 3 },
      findings: [{ key: "k0", outcome: "left" }],
    });
  });
});

test.each([
  [[], false, false],
  [["restored", "rebuilt", "removed"], false, false],
  [["restored", "left"], false, true],
  [[undefined], false, true],
  [[], true, true],
] as const)("findings with the outcomes %j, more of them: %j, fail the command: %j", (outcomes, hasMore, fails) => {
  expect(hasFindings({ ...RESULT, hasMore, findings: found(...outcomes) })).toBe(fails);
});

test("the log says how fast bytes are read, every five seconds, and what the check waits for", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = checkProgress(
    plainProgress((line) => lines.push(line)),
    60,
    () => now,
  );
  for (const [at, bytes] of [
    [4000, 4_000_000],
    [5000, 10_000_000],
    [6000, 11_000_000],
  ] as const) {
    now = at;
    progress.onBytes(bytes, 20_000_000);
  }
  progress.onSettle(0);
  progress.onSettle(2);
  expect(lines).toEqual(["10.0 MB read, 2.0 MB a second", "2 findings; looking again in 60 seconds"]);
});

test("fsck takes options", () => {
  const defaults = { repair: false, rebuild: true, readsBlobs: true, settleSeconds: 60, json: false };
  expect(parseArguments(["fsck"])).toEqual({ command: "fsck", ...defaults });
  const all = ["fsck", "--repair", "--no-rebuild", "--quick", "--settle-seconds", "0", "--json"];
  const given = { repair: true, rebuild: false, readsBlobs: false, settleSeconds: 0, json: true };
  expect(parseArguments(all)).toEqual({ command: "fsck", ...given });
});

test.each([
  [["x"], 'fsck is for the whole registry; "x" is one too many'],
  [["--no-rebuild"], "--no-rebuild is for --repair"],
  [["--settle-seconds", "-1"], "--settle-seconds"],
])("fsck %j is refused", (args, problem) => {
  expect(() => parseArguments(["fsck", ...args])).toThrow(problem);
});
