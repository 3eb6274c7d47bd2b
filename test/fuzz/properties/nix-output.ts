import assert from "node:assert/strict";
import * as fc from "fast-check";
import { throwIfProblems } from "../../../origin/nix/package-problems.ts";
import { type Evaluation, parseEvaluation } from "../../../origin/nix/prepare-image-output.ts";
import { readPathInfos } from "../../../origin/nix/store-protocol.ts";
import { pathInfos } from "../../origin/nix/fake-nix.ts";
import { jsonLine } from "../odd-json.ts";
import { oddText } from "../odd-text.ts";
import { accepted, isOciError, type Property, property } from "../property.ts";
import { storePath } from "../valid.ts";

const WORD = /^[0-9A-Za-z+._?=-]{1,211}$/;
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
const word = fc.stringMatching(/^[0-9A-Za-z+._?=-]{1,20}$/);
const derivation = storePath.map((path) => `${path}.drv`);
const honest = { name: word, attribute: word, path: storePath, derivation, output: word, requested: fc.boolean() };
const found = fc.oneof(
  { weight: 3, arbitrary: fc.record(honest) },
  { weight: 1, arbitrary: fc.record({ ...honest, output: oddText(8) }) },
  { weight: 1, arbitrary: fc.record({ ...honest, derivation: oddText(20) }) },
  { weight: 1, arbitrary: fc.record({ ...honest, name: oddText(8) }) },
);
const evaluation = fc.record(
  {
    found: fc.array(found, { maxLength: 3 }),
    referred: fc.array(
      fc.oneof(
        fc.record({ path: derivation, output: fc.oneof(word, oddText(8)) }),
        fc.record({ path: storePath, output: fc.constant(null) }),
      ),
      { maxLength: 2 },
    ),
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
/** Answers of the store, some of them with bytes that Nix does not write. */
const answer = fc
  .tuple(
    fc.array(fc.record({ path: storePath, narSize: fc.nat(), references: fc.array(storePath, { maxLength: 3 }) }), {
      maxLength: 3,
    }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }),
    fc.nat({ max: 8 }),
  )
  .map(([paths, changes, missing]) => {
    const bytes = pathInfos(paths);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes.subarray(0, bytes.length - missing);
  });

const isRefused = isOciError("MANIFEST_UNKNOWN");

function parse(line: string): Evaluation | undefined {
  return accepted(() => parseEvaluation(line), isRefused);
}

function assertStorePaths(paths: readonly string[]): void {
  for (const path of paths) assert.match(path, STORE_PATH);
}

function tell(evaluated: Evaluation, image: string | undefined): undefined {
  return accepted(() => throwIfProblems(evaluated, "amd64", image), isRefused) ?? undefined;
}

export const nixOutput: readonly Property[] = [
  property("nix-output/any-line", jsonLine(evaluation), (line) => {
    const parsed = parse(line);
    if (!parsed) return;
    assertStorePaths([...parsed.found, ...parsed.installables].map(({ path }) => path));
    for (const { name, attribute } of parsed.found) for (const text of [name, attribute]) assert.match(text, WORD);
    for (const { path, output } of parsed.installables) {
      // Nix gets one word to realise, and never an option.
      if (output !== undefined) assert.match(output, WORD);
      if (output !== undefined) assert.ok(path.endsWith(".drv"));
    }
    for (const image of [undefined, "web"]) tell(parsed, image);
  }),

  property("nix-output/honest", fc.array(fc.record(honest), { maxLength: 3 }), (packages) => {
    const value = { found: packages, unknown: [], ambiguous: [], unsuitable: [], foreign: [] };
    const expected = packages.map(({ derivation: path, output, path: own }) => ({ path, output, expected: own }));
    assert.deepEqual(parse(JSON.stringify(value))?.installables, expected);
  }),

  property("nix-output/path-infos", answer, async (bytes) => {
    let at = 0;
    const read = async (count: number) => {
      at += count;
      if (at > bytes.length) throw new Error("nix-store --serve has ended");
      return bytes.subarray(at - count, at);
    };
    const paths = await readPathInfos(read, 0x204).catch((error: unknown) => {
      assert.match(String(error), /nix-store --serve (?:answered with something unexpected|has ended)/);
      return [];
    });
    assertStorePaths(paths.flatMap(({ path, references }) => [path, ...references]));
    for (const { narSize } of paths) assert.ok(Number.isSafeInteger(narSize) && narSize >= 0);
  }),

  property("nix-output/equal-options", fc.tuple(evaluation, fc.boolean()), ([value, isTurned]) => {
    const turned = Object.fromEntries(Object.entries(value.options ?? {}).toReversed());
    const parsed = [value, { ...value, ...(isTurned && value.options ? { options: turned } : {}) }].map((one) =>
      parse(JSON.stringify(one)),
    );
    assert.equal(JSON.stringify(parsed[0]), JSON.stringify(parsed[1]));
  }),
];
