import { describe, expect, test } from "vitest";
import { throwIfProblems } from "../../../origin/nix/package-problems.ts";
import type { Evaluation } from "../../../origin/nix/prepare-image-output.ts";

const NOTHING: Evaluation = { found: [], unknown: [], names: new Map(), ambiguous: [], unsuitable: [], foreign: [] };
const unknown = (name: string) => ({ name, depth: 0, within: "" });

function problemsOf(evaluation: Partial<Evaluation>): unknown {
  try {
    throwIfProblems({ ...NOTHING, ...evaluation }, "arm64");
  } catch (error) {
    return error;
  }
  return undefined;
}

test("names that all lead to a package are no problem", () => {
  expect(problemsOf({})).toBeUndefined();
});

test("all mistakes are told in one message, and as data", () => {
  const problems = {
    ambiguous: [{ name: "a", candidates: ["A", "a_"] }],
    unsuitable: ["lib"],
    foreign: ["wine"],
  };
  expect(problemsOf({ unknown: [unknown("gti"), unknown("hotp")], ...problems })).toMatchObject({
    code: "MANIFEST_UNKNOWN",
    status: 404,
    message:
      "no such package: gti; no such package: hotp; a could be any of A, a_; " +
      "lib is not a package; wine is not available for arm64",
    detail: {
      unknown: [
        { name: "gti", suggestions: [] },
        { name: "hotp", suggestions: [] },
      ],
      ...problems,
    },
  });
});

describe("one mistake", () => {
  test.each<[Partial<Evaluation>, string]>([
    [{ unknown: [unknown("gti")] }, "no such package: gti"],
    [{ ambiguous: [{ name: "a", candidates: ["A", "a_"] }] }, "a could be any of A, a_"],
    [{ unsuitable: ["lib"] }, "lib is not a package"],
    [{ foreign: ["wine"] }, "wine is not available for arm64"],
  ])("%j: %s", (problem, message) => {
    expect(problemsOf(problem)).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });
});

test("what a name may have meant stands in the message, and as data", () => {
  const names = new Map([
    ["", ["ripgrep", "nodejs_18", "nodejs-18", "nodejs.18"]],
    ["python3Packages.", ["requests"]],
  ]);
  const reqests = { name: "python3packages.reqests", depth: 1, within: "python3Packages." };
  const missing = [unknown("ripgrpe"), reqests, unknown("nodejs18.bin")];
  expect(problemsOf({ unknown: missing, names, unsuitable: ["lib"] })).toMatchObject({
    message:
      "no such package: ripgrpe; did you mean ripgrep? " +
      "no such package: python3packages.reqests; did you mean python3packages.requests? " +
      "no such package: nodejs18.bin; did you mean nodejs-18.bin or nodejs_18.bin? lib is not a package",
    detail: {
      unknown: [
        { name: "ripgrpe", suggestions: ["ripgrep"] },
        { name: "python3packages.reqests", suggestions: ["python3packages.requests"] },
        { name: "nodejs18.bin", suggestions: ["nodejs-18.bin", "nodejs_18.bin"] },
      ],
    },
  });
});

test("three suggestions are three at most", () => {
  const names = new Map([["", ["abcd", "abce", "abcf", "abcg"]]]);
  expect(problemsOf({ unknown: [unknown("abcx")], names })).toMatchObject({
    message: "no such package: abcx; did you mean abcd, abce or abcf?",
  });
});
