import assert from "node:assert/strict";
import * as fc from "fast-check";
import { imageSteps } from "../../../origin/nix/image-steps.ts";
import { nearMatches } from "../../../origin/system/near-matches.ts";
import { indexRow } from "../../../origin/package-index/index-row.ts";
import { componentOf, nameSteps } from "../../../origin/package-index/package-names.ts";
import { parseWalkLine } from "../../../origin/package-index/walk-line.ts";
import { isComponent, parseImageName } from "../../../protocol/image-name.ts";
import { jsonLine } from "../odd-json.ts";
import { publicRows } from "../../../worker/site/public-rows.ts";
import { longText, mutated, oddText, wholeText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";
import { component } from "../valid.ts";

const MARK = "0123456789abcdef";
const indexes = fc.array(fc.nat(), { maxLength: 3 });
const walkEntry = fc.oneof(
  fc.record({ names: fc.array(oddText(8), { maxLength: 3 }) }),
  fc.record({ at: indexes }),
  fc.record({ package: oddText() }),
  fc.record({ description: oddText() }),
  fc.record({ more: indexes }),
);
const walkLine = fc
  .tuple(fc.constantFrom("trace: ", "", "trace: trace: "), fc.constantFrom(MARK, "", "f"), jsonLine(walkEntry))
  .map((parts) => parts.join(""));

const attribute = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][\w'-]{0,8}$/),
  fc.constantFrom("git", "Git", "GIT", "_7zz", "7zz", "__functor", "shell", "amd64", "a.b"),
  oddText(8),
);
const longName = fc.oneof(component, mutated(component), fc.stringMatching(/^[ab]{1,255}$/));

const row = fc.tuple(
  fc.oneof(component, oddText(8)),
  oddText(8),
  fc.oneof(oddText(), fc.constantFrom('"]', '"packages":[', "],[")),
);
const packageIndex = fc.record({ source: oddText(), revision: oddText(8), packages: fc.array(row, { maxLength: 8 }) });

export const packageLists: readonly Property[] = [
  property("package-lists/walk-lines", fc.oneof(walkLine, mutated(walkLine), oddText()), (line) => {
    const told = parseWalkLine(line, MARK);
    if (!told) return;
    assert.ok(line.startsWith(`trace: ${MARK}`));
    if (told.kind === "names") for (const name of told.names) assert.equal(typeof name, "string");
    if (told.kind === "at" || told.kind === "more")
      for (const index of told.place) assert.ok(Number.isSafeInteger(index));
  }),

  property(
    "package-lists/rows",
    fc.tuple(
      fc.oneof(wholeText(100), longText("\ud83d\ude00", "a ", "\u0000")),
      fc.oneof(wholeText(3000), longText("\ud83d\ude00", "a ", "\u001b[", "\u0000")),
    ),
    ([version, description]) => {
      const texts = [version, description].map((text) => text.toWellFormed());
      const [name, shownVersion, shownDescription] = quickly(() => indexRow("git", texts[0] ?? "", texts[1] ?? ""));
      assert.equal(name, "git");
      assert.ok(shownVersion.length <= 60 && shownDescription.length <= 200);
      for (const text of [shownVersion, shownDescription]) {
        assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
        assert.ok(text.isWellFormed());
      }
    },
  ),

  property("package-lists/names", fc.array(attribute, { maxLength: 12 }), (attributes) => {
    const steps = nameSteps(attributes);
    assert.equal(new Set(steps.values()).size, steps.size);
    for (const [chosen, step] of steps) {
      assert.ok(attributes.includes(chosen));
      const name = componentOf([step]);
      if (name !== undefined) assert.deepEqual(parseImageName(name, 1).packages, [name]);
    }
    for (const step of imageSteps(attributes)) assert.ok(isComponent(step) && !step.includes("."));
  }),

  property(
    "package-lists/public-rows",
    fc.tuple(packageIndex, fc.integer({ min: 1, max: 40 })),
    async ([list, size]) => {
      const text = JSON.stringify(list);
      const isPublic = (name: string) => name.length % 2 === 0;
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      const rows = await Array.fromAsync(ReadableStream.from<string>(chunks).pipeThrough(publicRows(isPublic)));
      assert.deepEqual(JSON.parse(rows.join("")), { packages: list.packages.filter(([name]) => isPublic(name)) });
    },
  ),

  property("package-lists/near-matches", fc.tuple(longName, fc.array(longName, { maxLength: 30 })), ([word, steps]) => {
    const near = quickly(() => nearMatches(word, steps));
    assert.ok(near.length <= 3);
    for (const step of near) assert.ok(steps.includes(step));
    if (word.length >= 3 && word.length <= 255 && steps.includes(word) && !near.includes(word))
      assert.equal(near.length, 3);
  }),

  property(
    "package-lists/many-near-matches",
    fc.stringMatching(/^[ab]{200,255}$/),
    (word) => {
      const steps = Array.from({ length: 2000 }, (_, index) => `${word.slice(0, -4)}${index}`);
      assert.equal(quickly(() => nearMatches(word, steps)).length <= 3, true);
    },
    20,
  ),
];
