import { expect, test } from "vitest";
import { derivationName, parseBuildFailure } from "../../../origin/nix/build-failure.ts";

const DERIVATION = "/nix/store/jyaz5mpi59wajy63khyjsdkm14brnccd-failing-1.2.drv";

test.each([
  ["an exit code", `builder for '${DERIVATION}' failed with exit code 3`, "failed with exit code 3"],
  ["a signal", `builder for '${DERIVATION}' failed due to signal 9 (Killed)`, "failed due to signal 9 (Killed)"],
  [
    "an exit code before the log's end (2.20)",
    `builder for '${DERIVATION}' failed with exit code 1;\nlast 25 log lines:\n> x`,
    "failed with exit code 1",
  ],
  [
    "a missing output",
    `builder for '${DERIVATION}' failed to produce output path for output 'out' at '/nix/store/x'`,
    "failed to produce output path for output 'out' at '/nix/store/x'",
  ],
])("reads a builder's failure: %s", (_, reason, problem) => {
  expect(parseBuildFailure(reason)).toEqual({
    derivation: DERIVATION,
    problem: `builder for failing-1.2 ${problem}`,
  });
});

test.each([
  "attribute 'x' missing",
  `1 dependencies of derivation '${DERIVATION}' failed to build`,
  `Cannot build '${DERIVATION}'.\nReason: 1 dependency failed.`,
  `hash mismatch in fixed-output derivation '${DERIVATION}':\nspecified: a\ngot: b`,
])("finds no builder's failure: %s", (reason) => {
  expect(parseBuildFailure(reason)).toBeUndefined();
});

test("a derivation's name is the name of its store path without .drv", () => {
  expect([derivationName(DERIVATION), derivationName(DERIVATION.slice(0, -4))]).toEqual(["failing-1.2", "failing-1.2"]);
});
