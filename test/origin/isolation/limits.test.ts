import { expect, test } from "vitest";
import { buildLimits, evaluationLimits } from "../../../origin/isolation/limits.ts";

test("an evaluation has limited memory, and writes no core dump", () => {
  expect(evaluationLimits({ memoryMib: 2, isUserOwn: false })).toEqual(["--as=2097152", "--core=0"]);
});

test("an evaluation has limited processes if only evaluations run as its user", () => {
  expect(evaluationLimits({ memoryMib: 2, isUserOwn: true })).toEqual(["--as=2097152", "--nproc=512", "--core=0"]);
});

test("a build has limited memory and limited file sizes", () => {
  expect(buildLimits({ memoryMib: 2, fileBytes: 3, hasUsers: false })).toEqual([
    "--data=2097152",
    "--fsize=3",
    "--core=0",
  ]);
});

test("a build has limited processes if it has its own user", () => {
  expect(buildLimits({ memoryMib: 2, fileBytes: 3, hasUsers: true })).toEqual([
    "--data=2097152",
    "--fsize=3",
    "--nproc=2048",
    "--core=0",
  ]);
});
