import { describe, expect } from "vitest";
import { rejection, test } from "../fixtures.ts";
import { recordEvents } from "../recorded-events.ts";
import { EVALUATION, GIT, PACKAGE, prepare } from "./prepared.ts";

/** The random mark is the argument behind the name `metadata`. */
const ASKED = `
link=; mark=
while [ $# -gt 0 ]; do
  [ "$1" = --add-root ] && link=$2
  [ "$1 $2" = "--argstr metadata" ] && mark=$3
  shift
done`;
const ANSWER = `printf '%s!%s\\n' "$link" '${JSON.stringify(EVALUATION)}'`;
const MARK = `echo "trace: $mark" >&2`;
const extra = (value: unknown) => `printf '%s-2!%s\\n' "$link" '${JSON.stringify(value)}'`;
const script = (...lines: readonly string[]) => [ASKED, ...lines].join("\n");

const METADATA = { licenses: [{ id: "MIT" }], homepage: undefined, cpe: undefined, debian: [] };

test("a package has what its set tells of it", async ({ directory }) => {
  const told = [{ paths: [GIT], metadata: { license: ["MIT"] } }, { paths: [GIT] }, null, { paths: [7], metadata: {} }];
  const { packages } = await prepare(directory, { evaluate: script(ANSWER, MARK, extra(told)) });
  expect(packages).toEqual([{ ...PACKAGE, metadata: METADATA }]);
});

describe("an error in what a set tells of its packages", () => {
  const failure = `echo "error: attribute 'homepage' missing" >&2; exit 1`;

  test("fails no pull, and nobody sees it", async ({ directory }) => {
    const { onEvent, lines } = recordEvents();
    const { packages } = await prepare(directory, { evaluate: script(ANSWER, MARK, failure) }, { onEvent });
    expect(packages).toEqual([PACKAGE]);
    expect(lines()).toEqual([]);
  });

  test("that takes the answer away makes Nix evaluate again without it", async ({ directory }) => {
    const dying = `if [ -n "$mark" ]; then ${MARK}; kill -9 $$; fi`;
    const { packages } = await prepare(directory, { evaluate: script(dying, ANSWER) });
    expect(packages).toEqual([PACKAGE]);
  });

  test("is not an error before it", async ({ directory }) => {
    const { onEvent, lines } = recordEvents();
    const failing = prepare(directory, { evaluate: script(failure, ANSWER) }, { onEvent });
    expect(await rejection(failing)).toMatchObject({ code: "MANIFEST_UNKNOWN" });
    expect(lines()).toEqual(["error: attribute 'homepage' missing"]);
  });
});

test.each(["", "{", "[", "7", "null", '[{"paths":[],"metadata":{"license":"MIT"}}]'])(
  "malformed metadata %j is left out",
  async (text) => {
    const { parseEvaluation } = await import("../../../origin/nix/prepare-image-output.ts");
    expect(parseEvaluation(JSON.stringify(EVALUATION), text).found).toEqual([PACKAGE]);
  },
);
