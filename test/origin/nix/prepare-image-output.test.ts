import { describe, expect, test } from "vitest";
import { OciError } from "../../../protocol/oci-error.ts";
import { parseEvaluation } from "../../../origin/nix/prepare-image-output.ts";
import { FOUND, GIT, GIT_DERIVATION, NOTHING, PACKAGE } from "./prepared.ts";

const BASH = "/nix/store/22222222222222222222222222222222-bash-5.3";
const EMPTY = { ...NOTHING, installables: [], names: new Map(), problems: [] };
const INSTALLABLE = { path: GIT_DERIVATION, output: "out", expected: GIT };

function parse(value: unknown) {
  return parseEvaluation(JSON.stringify(value));
}

function problemOf(json: string): unknown {
  try {
    return parseEvaluation(json);
  } catch (error) {
    return error;
  }
}

describe("the parser reads an evaluation", () => {
  test.each([
    ["that is empty", NOTHING, EMPTY],
    [
      "with packages, and puts their derivations into the installables only",
      {
        ...NOTHING,
        found: [FOUND, { ...FOUND, name: "cacert", attribute: "cacert", path: BASH, output: "lib", requested: false }],
      },
      {
        ...EMPTY,
        found: [PACKAGE, { name: "cacert", attribute: "cacert", path: BASH, requested: false }],
        installables: [INSTALLABLE, { path: GIT_DERIVATION, output: "lib", expected: BASH }],
      },
    ],
    [
      "with an image's references, and puts them behind the packages",
      {
        ...NOTHING,
        found: [FOUND],
        referred: [
          { path: GIT_DERIVATION, output: "doc" },
          { path: BASH, output: null },
        ],
      },
      {
        ...EMPTY,
        found: [PACKAGE],
        installables: [
          INSTALLABLE,
          { path: GIT_DERIVATION, output: "doc", expected: undefined },
          { path: BASH, output: undefined, expected: BASH },
        ],
      },
    ],
    [
      "with names that find no package",
      {
        ...NOTHING,
        unknown: [{ name: "gti", depth: 0, within: "" }],
        names: { "": ["git", "htop"] },
        ambiguous: [{ name: "a", candidates: ["A", "a_"] }],
        unsuitable: ["lib"],
        foreign: ["wine"],
      },
      {
        ...EMPTY,
        unknown: [{ name: "gti", depth: 0, within: "" }],
        names: new Map([["", ["git", "htop"]]]),
        ambiguous: [{ name: "a", candidates: ["A", "a_"] }],
        unsuitable: ["lib"],
        foreign: ["wine"],
      },
    ],
    [
      "with an image's options, and sorts them",
      {
        ...NOTHING,
        options: {
          user: "nobody",
          labels: { b: "1", a: "2" },
          exposedPorts: ["8080/tcp", "53/udp", "8080/tcp"],
          env: { Z: "", A: "=" },
          entrypoint: ["/bin/b", "a"],
          cmd: [],
          workingDir: "/srv",
        },
        problems: [],
      },
      {
        ...EMPTY,
        options: {
          entrypoint: ["/bin/b", "a"],
          cmd: [],
          env: { A: "=", Z: "" },
          user: "nobody",
          workingDir: "/srv",
          labels: { a: "2", b: "1" },
          exposedPorts: ["53/udp", "8080/tcp"],
        },
      },
    ],
    [
      "with the mistakes of an image",
      { ...NOTHING, options: {}, problems: [{ field: "cmd", must: "be a list of strings" }] },
      { ...EMPTY, options: {}, problems: [{ field: "cmd", must: "be a list of strings" }] },
    ],
  ])("%s", (_, value, evaluation) => {
    expect(parse(value)).toEqual(evaluation);
  });
});

test("a message shows a field of an image as one short line", () => {
  const field = `\u001b[31mred\u2028\n${"x".repeat(200)}`;
  const { problems } = parse({ ...NOTHING, problems: [{ field, must: "be" }] });
  expect(problems).toEqual([{ field: `red${"x".repeat(117)}…`, must: "be" }]);
});

const found = (change: object) => ({ ...NOTHING, found: [{ ...FOUND, ...change }] });
const referred = (change: object) => ({ ...NOTHING, referred: [{ path: GIT_DERIVATION, output: "out", ...change }] });

describe("the parser refuses an evaluation", () => {
  test.each([
    ["that is a number", 1, "1 instead of a set"],
    ["that is null", null, "null instead of a set"],
    ["that lacks a list", { ...NOTHING, foreign: undefined }, "nothing instead of a list"],
    ["with a number for a name", { ...NOTHING, foreign: [1] }, "1 instead of a text"],
    [
      "with an unknown name without its set",
      { ...NOTHING, unknown: [{ name: "gti", depth: 0 }] },
      "nothing instead of a text",
    ],
    [
      "with an unknown name without a step",
      { ...NOTHING, unknown: [{ name: "gti", within: "" }] },
      "nothing instead of a number",
    ],
    ["with names that are not a list", { ...NOTHING, names: { "": "git" } }, '"git" instead of a list'],
    [
      "with an ambiguous name without candidates",
      { ...NOTHING, ambiguous: [{ name: "a" }] },
      "nothing instead of a list",
    ],
    [
      "with a candidate with a colour",
      { ...NOTHING, ambiguous: [{ name: "a", candidates: ["\u001b[31ma"] }] },
      '"\\u001b[31ma" instead of an attribute',
    ],
    ["with an option of another type", { ...NOTHING, options: { cmd: "x" } }, '"x" instead of a list'],
    ["with a label of another type", { ...NOTHING, options: { labels: { a: 1 } } }, "1 instead of a text"],
    ["with a problem without a field", { ...NOTHING, problems: [{ must: "be" }] }, "nothing instead of a text"],

    ["with a package outside of the store", found({ path: "/etc" }), '"/etc" instead of a store path'],
    ["with a file in a package", found({ path: `${GIT}/bin` }), `"${GIT}/bin" instead of a store path`],
    ["with .. in a path", found({ path: "/nix/store/../../etc" }), '"/nix/store/../../etc" instead of a store path'],
    ["with a path with a line end", found({ path: `${GIT}\n` }), `"${GIT}\\n" instead of a store path`],
    ["with a path that is a list", found({ path: [GIT] }), "a list instead of a store path"],
    ["with a package without an attribute", found({ attribute: undefined }), "nothing instead of an attribute"],
    ["with a name with a line separator", found({ name: "git\u2028" }), '"git" instead of an attribute'],
    ["with a name with a colour", found({ name: "\u001b[31mgit" }), '"\\u001b[31mgit" instead of an attribute'],
    ["with a name that is too long", found({ name: "x".repeat(256) }), `"${"x".repeat(119)}… instead of an attribute`],

    ["with a path that is not a derivation", found({ derivation: GIT }), `"${GIT}" instead of a derivation`],
    [
      "with a derivation outside of the store",
      found({ derivation: "/tmp/a.drv" }),
      '"/tmp/a.drv" instead of a derivation',
    ],
    ["with an option for a derivation", found({ derivation: "--option" }), '"--option" instead of a derivation'],
    ...["!", ",", " ", "\n", "*", "^"].map((character): [string, object, string] => [
      `with a derivation with ${JSON.stringify(character)}`,
      found({ derivation: `${GIT}${character}x.drv` }),
      `${JSON.stringify(`${GIT}${character}x.drv`)} instead of a derivation`,
    ]),
    ["with two outputs in one", found({ output: "out,dev" }), '"out,dev" instead of a name'],
    ["with an output with a space", found({ output: "out --option" }), '"out --option" instead of a name'],
    ["with an empty output", found({ output: "" }), '"" instead of a name'],
    ["with an output that is null", found({ output: null }), "null instead of a name"],

    [
      "with a reference outside of the store",
      referred({ path: "/etc", output: null }),
      '"/etc" instead of a store path',
    ],
    [
      "with a reference to a path that is not a derivation",
      referred({ path: GIT }),
      `"${GIT}" instead of a derivation`,
    ],
    ["with a reference without an output", referred({ output: undefined }), "nothing instead of a name"],
    ["with a reference to two outputs", referred({ output: "a,b" }), '"a,b" instead of a name'],
    [
      "with too many references",
      { ...NOTHING, referred: Array.from({ length: 3001 }, () => ({ path: GIT, output: null })) },
      "3001 instead of at most 3000 packages, outputs and references",
    ],
  ])("%s", (_, value, problem) => {
    const error = problemOf(JSON.stringify(value));
    expect(error).toBeInstanceOf(OciError);
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message: `the package set gives ${problem}` });
  });

  test.each(["", "warning: x", "{"])("that is not JSON: %j", (json) => {
    expect(problemOf(json)).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: `the package set gives ${JSON.stringify(json)} instead of JSON`,
    });
  });

  test("with lists inside lists, nested as deeply as Nix can print", () => {
    const depth = 9000;
    const json = JSON.stringify({ ...NOTHING, foreign: ["DEEP"] }).replace(
      '"DEEP"',
      "[".repeat(depth) + "]".repeat(depth),
    );
    expect(problemOf(json)).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });
});

test("the parser takes three thousand references", () => {
  const value = { ...NOTHING, referred: Array.from({ length: 3000 }, () => ({ path: GIT, output: null })) };
  expect(parse(value).installables).toHaveLength(3000);
});

test("an attribute may be as long as the name of an image", () => {
  const long = `${"x".repeat(200)}.${"y".repeat(54)}`;
  expect(parse(found({ name: long, attribute: long })).found).toMatchObject([{ name: long, attribute: long }]);
});
