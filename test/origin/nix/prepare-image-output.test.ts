import { describe, expect, test } from "vitest";
import { parseOutputLine } from "../../../origin/nix/prepare-image-output.ts";

const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
const BASH = "/nix/store/11111111111111111111111111111111-bash-5.3";
const NOTHING = { found: [], unknown: [], ambiguous: [], unsuitable: [], foreign: [] };

describe("a line is", () => {
  test.each([
    ["a phase", { phase: "evaluate" }, { kind: "phase", phase: "evaluate" }],
    ["another phase", { phase: "realise" }, { kind: "phase", phase: "realise" }],
    [
      "an empty evaluation",
      { evaluation: NOTHING },
      { kind: "evaluation", evaluation: { ...NOTHING, names: new Map(), problems: [] } },
    ],
    [
      "an evaluation, without what is for the shell only",
      {
        evaluation: {
          ...NOTHING,
          found: [
            { name: "git", attribute: "git", path: GIT, requested: true, drvPath: "/nix/store/x.drv", output: "out" },
            { name: "cacert", attribute: "cacert", path: BASH, requested: false },
          ],
          unknown: [{ name: "gti", depth: 0, within: "" }],
          names: { "": ["git", "htop"] },
          ambiguous: [{ name: "a", candidates: ["A", "a_"] }],
          unsuitable: ["lib"],
          foreign: ["wine"],
        },
      },
      {
        kind: "evaluation",
        evaluation: {
          found: [
            { name: "git", attribute: "git", path: GIT, requested: true },
            { name: "cacert", attribute: "cacert", path: BASH, requested: false },
          ],
          unknown: [{ name: "gti", depth: 0, within: "" }],
          names: new Map([["", ["git", "htop"]]]),
          problems: [],
          ambiguous: [{ name: "a", candidates: ["A", "a_"] }],
          unsuitable: ["lib"],
          foreign: ["wine"],
        },
      },
    ],
    [
      "an image's options, in the one form that equal options have",
      {
        evaluation: {
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
      },
      {
        kind: "evaluation",
        evaluation: {
          ...NOTHING,
          names: new Map(),
          options: {
            entrypoint: ["/bin/b", "a"],
            cmd: [],
            env: { A: "=", Z: "" },
            user: "nobody",
            workingDir: "/srv",
            labels: { a: "2", b: "1" },
            exposedPorts: ["53/udp", "8080/tcp"],
          },
          problems: [],
        },
      },
    ],
    [
      "what is wrong with an image",
      { evaluation: { ...NOTHING, options: {}, problems: [{ field: "cmd", must: "be a list of strings" }] } },
      {
        kind: "evaluation",
        evaluation: {
          ...NOTHING,
          names: new Map(),
          options: {},
          problems: [{ field: "cmd", must: "be a list of strings" }],
        },
      },
    ],
    [
      "a closure",
      { closure: [{ path: GIT, narSize: 12, references: [BASH, GIT] }] },
      { kind: "closure", closure: [{ path: GIT, narSize: 12, references: [BASH, GIT] }] },
    ],
    ["an empty closure", { closure: [] }, { kind: "closure", closure: [] }],
  ])("%s", (_, line, output) => {
    expect(parseOutputLine(JSON.stringify(line))).toEqual(output);
  });
});

describe("a line is refused", () => {
  const found = { name: "git", attribute: "git", path: GIT, requested: true };
  const path = { path: GIT, narSize: 1, references: [] };

  test.each([
    ["of an unknown phase", { phase: "dance" }],
    ["without a closure", {}],
    ["that is a number", 1],
    ["that is null", null],
    ["of a closure that is no list", { closure: {} }],
    ["of a path outside the store", { closure: [{ ...path, path: "/etc/passwd" }] }],
    ["of a path below a store path", { closure: [{ ...path, path: `${GIT}/bin` }] }],
    ["of a path that climbs", { closure: [{ ...path, path: "/nix/store/../../etc" }] }],
    ["of a size in words", { closure: [{ ...path, narSize: "1" }] }],
    ["of a reference outside the store", { closure: [{ ...path, references: ["/etc"] }] }],
    ["of an evaluation that lacks a list", { evaluation: { ...NOTHING, foreign: undefined } }],
    ["of an evaluation with a number for a name", { evaluation: { ...NOTHING, foreign: [1] } }],
    ["of an unknown name without its set", { evaluation: { ...NOTHING, unknown: [{ name: "gti", depth: 0 }] } }],
    ["of an unknown name without a step", { evaluation: { ...NOTHING, unknown: [{ name: "gti", within: "" }] } }],
    ["of names that are no list", { evaluation: { ...NOTHING, names: { "": "git" } } }],
    ["of a package outside the store", { evaluation: { ...NOTHING, found: [{ ...found, path: "/etc" }] } }],
    ["of a package without an attribute", { evaluation: { ...NOTHING, found: [{ ...found, attribute: undefined }] } }],
    ["of an option of another type", { evaluation: { ...NOTHING, options: { cmd: "x" } } }],
    ["of a label of another type", { evaluation: { ...NOTHING, options: { labels: { a: 1 } } } }],
    ["of a label of ours", { evaluation: { ...NOTHING, options: { labels: { "cornice.packages": "git" } } } }],
    ["of a problem without a field", { evaluation: { ...NOTHING, problems: [{ must: "be" }] } }],
    ["of a choice without candidates", { evaluation: { ...NOTHING, ambiguous: [{ name: "a" }] } }],
  ])("%s", (_, line) => {
    expect(() => parseOutputLine(JSON.stringify(line))).toThrow(
      /^cornice-prepare-image printed something unexpected: /,
    );
  });

  test.each(["", "warning: x", "{"])("that is no JSON: %j", (line) => {
    expect(() => parseOutputLine(line)).toThrow(SyntaxError);
  });
});
