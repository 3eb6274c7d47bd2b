import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseImageName, SHELL_PACKAGES } from "../../../protocol/image-name.ts";
import { arePublic, parsePublicPackages, type PublicPackages } from "../../../worker/access/public-packages.ts";
import { longText, mutated, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";

const step = fc.stringMatching(/^[ab]{1,3}$/);
const starred = fc
  .tuple(fc.stringMatching(/^[ab]{0,2}$/), fc.stringMatching(/^[ab]{0,2}$/))
  .map((ends) => ends.join("*"));
const packageRule = fc.array(fc.oneof(step, starred), { minLength: 1, maxLength: 3 }).map((steps) => steps.join("."));
const packageNames = fc.uniqueArray(
  fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => steps.join(".")),
  { minLength: 1, maxLength: 4 },
);
const rules = fc
  .array(fc.oneof(packageRule, fc.constantFrom("shell", "a/b", "a/*", "shell/*", "shell/a")), { maxLength: 4 })
  .map((words) => words.join(" "));

function parse(text: string): PublicPackages {
  return parsePublicPackages(text, []);
}

/** Matches without a regular expression. A step has at most one `*`, which stands for any text. */
function fits(rule: string, name: string): boolean {
  const [words, steps] = [rule.split("."), name.split(".")];
  if (words.length !== steps.length) return false;
  return words.every((word, index) => {
    const given = steps[index] ?? "";
    const [start = "", end] = word.split("*");
    if (end === undefined) return given === word;
    return given.length >= start.length + end.length && given.startsWith(start) && given.endsWith(end);
  });
}

export const publicRules: readonly Property[] = [
  property("public-rules/any-text", fc.oneof(rules, mutated(rules), oddText(80), longText("*", "a.", "/")), (text) => {
    const problems: string[] = [];
    const parsed = quickly(() => parsePublicPackages(text, problems));
    assert.equal(arePublic(parsed, []), false);
    const isPublic = quickly(() => arePublic(parsed, ["a".repeat(255), `${"a.".repeat(127)}a`]));
    assert.ok(!isPublic || parsed.length > 0);
    assert.ok(text.trim() === "" || parsed.length + problems.length > 0);
  }),

  property("public-rules/packages", fc.tuple(packageRule, packageNames), ([rule, names]) => {
    assert.equal(
      arePublic(parse(rule), names),
      names.every((name) => fits(rule, name)),
    );
  }),

  property("public-rules/images", fc.tuple(packageNames, packageNames, fc.boolean()), ([image, names, isOpen]) => {
    const rule = [...image, ...(isOpen ? ["*"] : image.length === 1 ? image : [])].join("/");
    const { packages } = parseImageName(image.join("/"), 255);
    const has = packages.every((name) => names.includes(name));
    const isPublic = has && (isOpen ? names.length > packages.length : names.length === packages.length);
    assert.equal(arePublic(parse(rule), names), isPublic);
  }),

  property("public-rules/each-alone", fc.tuple(rules, packageNames), ([text, names]) => {
    const words = text.split(" ").flatMap((word) => (word === "shell" ? SHELL_PACKAGES : [word]));
    const byPackage = names.every((name) => words.some((word) => !word.includes("/") && fits(word, name)));
    const byImage = words.some((word) => word.includes("/") && arePublic(parse(word), names));
    assert.equal(arePublic(parse(text), names), byPackage || byImage);
  }),
];
