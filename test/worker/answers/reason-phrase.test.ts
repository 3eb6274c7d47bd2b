import { describe, expect, test } from "vitest";
import { reasonPhrase } from "../../../worker/answers/reason-phrase.ts";

const MAX_LENGTH = 240;
const FIRST = "building git failed: builder for git-2.51.0 failed with exit code 2; the last lines of its log:";
const NOISE = Array.from({ length: 10 }, (_, index) => `[${index}/10] CC ${"x".repeat(20)}.o`);

function phraseOf(message: string, address?: string): string {
  return reasonPhrase({ message, page: address === undefined ? undefined : { title: "the build's log", address } });
}

describe("the last line that says what is wrong, in the log of", () => {
  test.each<[tool: string, end: string[], line: string]>([
    ["a script", ["cp: cannot stat 'x': No such file or directory"], "cp: cannot stat 'x': No such file or directory"],
    [
      "make",
      ["x.c:1:2: error: no x", "  1 | x", "    | ^", "make: *** [Makefile:1: x.o] Error 1"],
      "x.c:1:2: error: no x",
    ],
    [
      "ld",
      ["ld: x.o: undefined reference to `y'", "collect2: error: ld returned 1"],
      "ld: x.o: undefined reference to `y'",
    ],
    [
      "Python",
      ["Traceback (most recent call last):", "ModuleNotFoundError: No module named 'x'"],
      "ModuleNotFoundError: No module named 'x'",
    ],
    [
      "Rust",
      ["error[E0425]: cannot find value `x`", "error: could not compile `y` due to 1 error"],
      "error[E0425]: cannot find value `x`",
    ],
    ["a hash mismatch", ["specified: sha256-AAA", "got:    sha256-BBB", "---"], "got:    sha256-BBB"],
    ["make alone", ["make: *** [Makefile:1: x.o] Error 1"], "[9/10] CC xxxxxxxxxxxxxxxxxxxx.o"],
  ])("%s", (_, end, line) => {
    expect(phraseOf([FIRST, ...NOISE, ...end].join("\n"))).toBe(
      `building git failed: builder for git-2.51.0 failed with exit code 2: ${line.replaceAll(/ +/g, " ")}`,
    );
  });
});

test.each([
  ["a message that fits stays as it is", "a; b:\nc", "https://h/builds/1", "a; b: c; see https://h/builds/1"],
  ["without a page", "no such package: x", undefined, "no such package: x"],
  ["without lines that have words", `${"word ".repeat(60)}\n---\n===`, undefined, `${"word ".repeat(47).trim()}...`],
])("%s", (_, message, address, phrase) => {
  expect(phraseOf(message, address)).toBe(phrase);
});

/** A word of this length, with its length at its start and its end. */
function word(length: number): string {
  return `${length}-${"x".repeat(length)}-${length}`;
}

describe("whatever is long, the phrase is within the limit, and an address is whole or not there", () => {
  const lengths = [1, 20, 60, 100, 200, 255];

  test.each(lengths)("a name of %i characters", (length) => {
    for (const lineLength of lengths) {
      for (let hostLength = 1; hostLength <= 253; hostLength++) {
        const message = `building ${word(length)} failed: builder for x failed\n${word(lineLength)}`;
        const address = `https://${"h".repeat(hostLength)}/builds/${"0".repeat(64)}`;
        const phrase = phraseOf(message, address);
        expect(phrase.length).toBeLessThanOrEqual(MAX_LENGTH);
        expect(phrase).toMatch(/^building \S+ failed/);
        expect(phrase.includes("/builds/")).toBe(hostLength <= 74);
        if (hostLength <= 74) expect(phrase.endsWith(`; see ${address}`)).toBe(true);
        else expect(phrase).not.toContain("hhh");
      }
    }
  });
});
