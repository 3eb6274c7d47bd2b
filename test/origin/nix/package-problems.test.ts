import { describe, expect, test } from "vitest";
import { throwIfProblems } from "../../../origin/nix/package-problems.ts";
import type { Evaluation } from "../../../origin/nix/prepare-image-output.ts";
import { NOTHING } from "./evaluations.ts";

const unknown = (name: string) => ({ name, depth: 0, within: "" });

function problemsOf(evaluation: Partial<Evaluation>, image?: string): unknown {
  try {
    throwIfProblems({ ...NOTHING, ...evaluation }, "arm64", image);
  } catch (error) {
    return error;
  }
  return undefined;
}

test("there is no problem if all names find a package", () => {
  expect(problemsOf({})).toBeUndefined();
});

test("one error has all mistakes, in its message and as data", () => {
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
      unknown: [{ name: "gti" }, { name: "hotp" }],
      ...problems,
    },
  });
});

test("the data has no empty lists", () => {
  expect(problemsOf({ unknown: [unknown("gti")] })).toHaveProperty("detail", { unknown: [{ name: "gti" }] });
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

test("similar names are in the message, and in the error's data", () => {
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

test("a name gets at most three suggestions", () => {
  const names = new Map([["", ["abcd", "abce", "abcf", "abcg"]]]);
  expect(problemsOf({ unknown: [unknown("abcx")], names })).toMatchObject({
    message: "no such package: abcx; did you mean abcd, abce or abcf?",
  });
});

describe("a mistake in an image", () => {
  test.each<[string, Partial<Evaluation>, string]>([
    [
      "is a name that is similar to another",
      { unknown: [{ name: "web.serv", depth: 0, within: "images." }], names: new Map([["images.", ["Web-Serv"]]]) },
      "no such image: images/web.serv; did you mean images/web-serv?",
    ],
    [
      "is an unknown name",
      { unknown: [{ name: "web.serv", depth: 0, within: "images." }] },
      "no such image: images/web.serv",
    ],
    [
      "is a name that fits two attributes",
      { ambiguous: [{ name: "web.serv", candidates: ["images.A", "images.a"] }] },
      "images/web.serv could be any of images.A, images.a",
    ],
    ["is an attribute that is not an image", { unsuitable: ["web.serv"] }, "images/web.serv is not an image"],
    [
      "is a wrong field; the error names all of them",
      {
        problems: [
          { field: "cmd", must: "be a list of strings" },
          { field: "x", must: "not be there" },
        ],
      },
      "images/web.serv: cmd must be a list of strings; images/web.serv: x must not be there",
    ],
  ])("%s", (_, problem, message) => {
    expect(problemsOf(problem, "web.serv")).toMatchObject({ code: "MANIFEST_UNKNOWN", message });
  });

  test("is in the error's data", () => {
    const fields = [{ field: "cmd", must: "be a list of strings" }];
    expect(problemsOf({ problems: fields }, "web")).toMatchObject({ detail: { fields } });
  });
});
