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

describe("an evaluation is", () => {
  test.each([
    ["empty", NOTHING, EMPTY],
    [
      "of packages, of which the derivations are for realising alone",
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
      "of what options refer to, behind the packages",
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
      "of names that lead to no package",
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
      "of an image's options, in the one form that equal options have",
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
      "of what is wrong with an image",
      { ...NOTHING, options: {}, problems: [{ field: "cmd", must: "be a list of strings" }] },
      { ...EMPTY, options: {}, problems: [{ field: "cmd", must: "be a list of strings" }] },
    ],
  ])("%s", (_, value, evaluation) => {
    expect(parse(value)).toEqual(evaluation);
  });
});

test("a field of an image is told as one short line", () => {
  const field = `\u001b[31mred\u2028\n${"x".repeat(200)}`;
  const { problems } = parse({ ...NOTHING, problems: [{ field, must: "be" }] });
  expect(problems).toEqual([{ field: `red${"x".repeat(117)}…`, must: "be" }]);
});

const found = (change: object) => ({ ...NOTHING, found: [{ ...FOUND, ...change }] });
const referred = (change: object) => ({ ...NOTHING, referred: [{ path: GIT_DERIVATION, output: "out", ...change }] });

describe("an evaluation is refused", () => {
  test.each([
    ["that is a number", 1, "1 where a set"],
    ["that is null", null, "null where a set"],
    ["that lacks a list", { ...NOTHING, foreign: undefined }, "nothing where a list"],
    ["with a number for a name", { ...NOTHING, foreign: [1] }, "1 where a text"],
    [
      "of an unknown name without its set",
      { ...NOTHING, unknown: [{ name: "gti", depth: 0 }] },
      "nothing where a text",
    ],
    [
      "of an unknown name without a step",
      { ...NOTHING, unknown: [{ name: "gti", within: "" }] },
      "nothing where a number",
    ],
    ["of names that are no list", { ...NOTHING, names: { "": "git" } }, '"git" where a list'],
    ["of a choice without candidates", { ...NOTHING, ambiguous: [{ name: "a" }] }, "nothing where a list"],
    [
      "of a candidate with a colour",
      { ...NOTHING, ambiguous: [{ name: "a", candidates: ["\u001b[31ma"] }] },
      '"\\u001b[31ma" where an attribute',
    ],
    ["of an option of another type", { ...NOTHING, options: { cmd: "x" } }, '"x" where a list'],
    ["of a label of another type", { ...NOTHING, options: { labels: { a: 1 } } }, "1 where a text"],
    ["of a problem without a field", { ...NOTHING, problems: [{ must: "be" }] }, "nothing where a text"],

    ["of a package outside of the store", found({ path: "/etc" }), '"/etc" where a store path'],
    ["of a file in a package", found({ path: `${GIT}/bin` }), `"${GIT}/bin" where a store path`],
    ["of a path that climbs", found({ path: "/nix/store/../../etc" }), '"/nix/store/../../etc" where a store path'],
    ["of a path with a line end", found({ path: `${GIT}\n` }), `"${GIT}\\n" where a store path`],
    ["of a path that is a list", found({ path: [GIT] }), "a list where a store path"],
    ["of a package without an attribute", found({ attribute: undefined }), "nothing where an attribute"],
    ["of a name with a line separator", found({ name: "git\u2028" }), '"git" where an attribute'],
    ["of a name with a colour", found({ name: "\u001b[31mgit" }), '"\\u001b[31mgit" where an attribute'],
    ["of a name that is too long", found({ name: "x".repeat(256) }), `"${"x".repeat(119)}… where an attribute`],

    ["of no derivation", found({ derivation: GIT }), `"${GIT}" where a derivation`],
    ["of a derivation outside of the store", found({ derivation: "/tmp/a.drv" }), '"/tmp/a.drv" where a derivation'],
    ["of an option for a derivation", found({ derivation: "--option" }), '"--option" where a derivation'],
    ...["!", ",", " ", "\n", "*", "^"].map((character): [string, object, string] => [
      `of a derivation with ${JSON.stringify(character)}`,
      found({ derivation: `${GIT}${character}x.drv` }),
      `${JSON.stringify(`${GIT}${character}x.drv`)} where a derivation`,
    ]),
    ["of two outputs in one", found({ output: "out,dev" }), '"out,dev" where a name'],
    ["of an output with a space", found({ output: "out --option" }), '"out --option" where a name'],
    ["of an output of no name", found({ output: "" }), '"" where a name'],
    ["of an output that is null", found({ output: null }), "null where a name"],

    ["of a reference outside of the store", referred({ path: "/etc", output: null }), '"/etc" where a store path'],
    ["of a reference to no derivation", referred({ path: GIT }), `"${GIT}" where a derivation`],
    ["of a reference to no output", referred({ output: undefined }), "nothing where a name"],
    ["of a reference to two outputs", referred({ output: "a,b" }), '"a,b" where a name'],
    [
      "of too many references",
      { ...NOTHING, referred: Array.from({ length: 1001 }, () => ({ path: GIT, output: null })) },
      "1001 where fewer references",
    ],
  ])("%s", (_, value, problem) => {
    const error = problemOf(JSON.stringify(value));
    expect(error).toBeInstanceOf(OciError);
    expect(error).toMatchObject({ code: "MANIFEST_UNKNOWN", message: `the package set gives ${problem} belongs` });
  });

  test.each(["", "warning: x", "{"])("that is no JSON: %j", (json) => {
    expect(problemOf(json)).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: `the package set gives ${JSON.stringify(json)} where JSON belongs`,
    });
  });

  test("of lists within lists, as deep as Nix gives them", () => {
    const depth = 9000;
    const json = JSON.stringify({ ...NOTHING, foreign: ["DEEP"] }).replace(
      '"DEEP"',
      "[".repeat(depth) + "]".repeat(depth),
    );
    expect(problemOf(json)).toMatchObject({ code: "MANIFEST_UNKNOWN" });
  });
});

test("a thousand references are not too many", () => {
  const value = { ...NOTHING, referred: Array.from({ length: 1000 }, () => ({ path: GIT, output: null })) };
  expect(parse(value).installables).toHaveLength(1000);
});

test("a name may be as long as that of an image", () => {
  const long = `${"x".repeat(200)}.${"y".repeat(54)}`;
  expect(parse(found({ name: long, attribute: long })).found).toMatchObject([{ name: long, attribute: long }]);
});
