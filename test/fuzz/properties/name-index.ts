import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isStorePath } from "../../../image/closure/store-path.ts";
import { entryJson, parseEntry } from "../../../image/names/index-entry.ts";
import { unpackObject } from "../../../image/names/index-format.ts";
import { findDeadEnd } from "../../../origin/index/set-names.ts";
import { outcomeOfOutputs } from "../../../origin/package-index/outcomes.ts";
import { mutatedJson } from "../odd-json.ts";
import { oddText } from "../odd-text.ts";
import { type Property, property } from "../property.ts";
import { component, storePath } from "../valid.ts";
import { meta } from "./documents.ts";

const word = storePath.map((path) => path.replace("/nix/store/", ""));
const entry = fc.oneof(
  fc.tuple(fc.oneof(fc.constant(""), component, oddText(8)), word),
  fc.array(fc.oneof(word, oddText(8), fc.nat()), { maxLength: 4 }),
  fc.tuple(fc.constant(""), word, mutatedJson(meta)),
  fc.record({ failed: fc.oneof(oddText(), fc.nat()) }),
  fc.constantFrom("unsuitable", "foreign", "absent", "open", "package", "constructor"),
  fc.jsonValue(),
);
const attribute = fc.oneof(fc.constantFrom("git", "Git", "_7zz", "7zz", "set", "__proto__"), oddText(6));
const sets = fc.tuple(fc.array(attribute, { maxLength: 5 }), fc.array(attribute, { maxLength: 5 })).map(
  ([top, inner]) =>
    new Map([
      ["", ["set", ...top]],
      ["set.", inner],
    ] as const),
);
const name = fc.oneof(component, fc.constantFrom("git", "7zz", "set.git", "set.7zz", "set.git.dev", "constructor"));
const output = fc.record({
  path: fc.oneof(storePath, oddText(8)),
  derivation: fc.oneof(
    storePath.map((path) => `${path}.drv`),
    oddText(8),
  ),
  output: fc.oneof(fc.constant("out"), oddText(8)),
});

export const nameIndex: readonly Property[] = [
  property("name-index/entries", fc.tuple(component, entry), ([key, value]) => {
    const parsed = parseEntry(key, value);
    if (!parsed) return;
    assert.deepEqual(parseEntry(key, entryJson(key, parsed)), parsed);
    if (parsed.kind === "package") for (const path of parsed.paths) assert.ok(isStorePath(path));
  }),

  property("name-index/dead-ends", fc.tuple(sets, name), ([listed, asked]) => {
    const end = findDeadEnd(listed, asked);
    if (end?.kind === "unknown") assert.ok(end.unknown.depth < asked.split(".").length);
    if (end?.kind === "ambiguous") assert.ok(end.candidates.length > 1);
  }),

  property("name-index/bytes", fc.uint8Array({ maxLength: 64 }), async (bytes) => {
    assert.equal(await unpackObject(bytes), undefined);
  }),

  property("name-index/outputs", fc.array(fc.oneof(output, fc.jsonValue()), { maxLength: 3 }), (outputs) => {
    const outcome = outcomeOfOutputs(outputs);
    assert.ok(outcome.kind === "open" || outcome.kind === "package");
    if (outcome.kind === "package") assert.equal(outcome.paths.length, outputs.length);
  }),
];
