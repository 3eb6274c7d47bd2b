import { expect, test } from "vitest";
import { buildLimits, evaluationLimits } from "../../../origin/isolation/limits.ts";

test("an evaluation has limited memory, and leaves no core", () => {
  expect(evaluationLimits({ memoryMib: 2, isUserOwn: false })).toEqual(["--as=2097152", "--core=0"]);
});

test("processes of an evaluation are counted where its user has no others", () => {
  expect(evaluationLimits({ memoryMib: 2, isUserOwn: true })).toEqual(["--as=2097152", "--nproc=512", "--core=0"]);
});

test("a build may write to limited memory, and limited files", () => {
  expect(buildLimits({ memoryMib: 2, fileBytes: 3, hasUsers: false })).toEqual([
    "--data=2097152",
    "--fsize=3",
    "--core=0",
  ]);
});

test("processes of a build are counted where it has a user of its own", () => {
  expect(buildLimits({ memoryMib: 2, fileBytes: 3, hasUsers: true })).toEqual([
    "--data=2097152",
    "--fsize=3",
    "--nproc=2048",
    "--core=0",
  ]);
});
