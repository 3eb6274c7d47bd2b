import assert from "node:assert/strict";
import * as fc from "fast-check";
import { throwIfProblems } from "../../../origin/nix/package-problems.ts";
import { type Evaluation, parseOutputLine } from "../../../origin/nix/prepare-image-output.ts";
import { jsonLine } from "../odd-json.ts";
import { oddText } from "../odd-text.ts";
import { accepted, isOciError, type Property, property } from "../property.ts";
import { storePath } from "../valid.ts";

const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+._?=-]{1,211}$/;

const texts = fc.array(oddText(8), { maxLength: 3 });
const options = fc.record(
  {
    entrypoint: texts,
    cmd: texts,
    env: fc.dictionary(oddText(8), oddText(8), { maxKeys: 3, noNullPrototype: true }),
    user: oddText(8),
    workingDir: oddText(8),
    labels: fc.dictionary(oddText(8), oddText(8), { maxKeys: 3, noNullPrototype: true }),
    exposedPorts: texts,
  },
  { requiredKeys: [] },
);
const unknown = fc.record({
  name: oddText(12),
  depth: fc.nat({ max: 3 }),
  within: fc.constantFrom("", "python3Packages"),
});
const evaluation = fc.record(
  {
    found: fc.array(fc.record({ name: oddText(8), attribute: oddText(8), path: storePath, requested: fc.boolean() }), {
      maxLength: 3,
    }),
    unknown: fc.array(unknown, { maxLength: 3 }),
    names: fc.record({ "": texts, python3Packages: texts }),
    ambiguous: fc.array(fc.record({ name: oddText(8), candidates: texts }), { maxLength: 2 }),
    unsuitable: texts,
    foreign: texts,
    problems: fc.array(fc.record({ field: oddText(8), must: oddText(8) }), { maxLength: 2 }),
    options,
  },
  { requiredKeys: ["found", "unknown", "ambiguous", "unsuitable", "foreign"] },
);
const closure = fc.array(
  fc.record({ path: storePath, narSize: fc.nat(), references: fc.array(storePath, { maxLength: 3 }) }),
  { maxLength: 3 },
);
const output = fc.oneof(
  fc.constantFrom({ phase: "evaluate" }, { phase: "realise" }),
  evaluation.map((value) => ({ evaluation: value })),
  closure.map((value) => ({ closure: value })),
);

/** A defect of ours, told in words; a `TypeError` would be one of the parser. */
function isUnexpectedOutput(error: unknown): boolean {
  return (
    error instanceof SyntaxError ||
    (error instanceof Error && error.message.startsWith("cornice-prepare-image printed"))
  );
}

function parse(line: string) {
  return accepted(() => parseOutputLine(line), isUnexpectedOutput);
}

function assertStorePaths(paths: readonly string[]): void {
  for (const path of paths) assert.match(path, STORE_PATH);
}

function tell(found: Evaluation, image: string | undefined): undefined {
  return accepted(() => throwIfProblems(found, "amd64", image), isOciError("MANIFEST_UNKNOWN")) ?? undefined;
}

export const nixOutput: readonly Property[] = [
  property("nix-output/any-line", jsonLine(output), (line) => {
    const parsed = parse(line);
    if (parsed?.kind === "evaluation") {
      assertStorePaths(parsed.evaluation.found.map(({ path }) => path));
      for (const image of [undefined, "web"]) tell(parsed.evaluation, image);
    }
    if (parsed?.kind === "closure")
      assertStorePaths(parsed.closure.flatMap(({ path, references }) => [path, ...references]));
  }),

  property("nix-output/valid", output, (value) => {
    assert.equal(parse(JSON.stringify(value))?.kind, Object.keys(value)[0]);
  }),

  property("nix-output/equal-options", fc.tuple(evaluation, fc.boolean()), ([value, isTurned]) => {
    const turned = Object.fromEntries(Object.entries(value.options ?? {}).toReversed());
    const parsed = [value, { ...value, ...(isTurned && value.options ? { options: turned } : {}) }].map((one) =>
      parse(JSON.stringify({ evaluation: one })),
    );
    assert.equal(JSON.stringify(parsed[0]), JSON.stringify(parsed[1]));
  }),
];
