import { describe, expect, test } from "vitest";
import {
  attributePath,
  derivation,
  derivationWord,
  list,
  object,
  shown,
  storePath,
  text,
  unexpected,
} from "../../../origin/nix/output-value.ts";

const PATH = "/nix/store/00000000000000000000000000000000-git-2.51.0";

describe("a value is taken", () => {
  test.each<[string, (value: unknown) => unknown, unknown]>([
    ["a store path", storePath, PATH],
    ["a derivation", derivation, `${PATH}.drv`],
    ["a name", derivationWord, "A+b-c.d_e?f=9"],
    ["a name of 211 characters", derivationWord, "x".repeat(211)],
    ["an attribute", attributePath, "python3Packages.requests_2"],
    ["an attribute of 255 characters", attributePath, "x".repeat(255)],
    ["a text", text, "a\nb"],
    ["a list", (value) => list(value, text), ["a", "b"]],
    ["a set", object, { a: 1 }],
  ])("%s", (_, read, value) => {
    expect(read(value)).toEqual(value);
  });
});

describe("a value is refused", () => {
  test.each<[string, (value: unknown) => unknown, unknown]>([
    ["as a store path", storePath, `${PATH}/bin`],
    ["as a derivation", derivation, PATH],
    ["as a name", derivationWord, "a,b"],
    ["as a name: 212 characters", derivationWord, "x".repeat(212)],
    ["as an attribute", attributePath, "a b"],
    ["as an attribute: a quote", attributePath, 'a"'],
    ["as an attribute: 256 characters", attributePath, "x".repeat(256)],
    ["as a text: a number", text, 1],
    ["as a text: nothing", text, undefined],
    ["as a list: a set", (value) => list(value, text), {}],
    ["as a list, by an item", (value) => list(value, text), ["a", 1]],
    ["as a set: null", object, null],
    ["as a set: a text", object, "{}"],
  ])("%s", (_, read, value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: "MANIFEST_UNKNOWN" }));
  });
});

test.each([
  ["a\tb", "a b"],
  ["\u001b[31mred\u001b[0m", "red"],
  ["a\nb\r\u2028\u2029\u202e\u0000c", "abc"],
  ["x".repeat(120), "x".repeat(120)],
  ["x".repeat(121), `${"x".repeat(120)}…`],
])("%j is shown as %j", (value, line) => {
  expect(shown(value)).toBe(line);
});

test.each([
  [undefined, "nothing"],
  [null, "null"],
  ['a"b', '"a\\"b"'],
  [[1], "a list"],
  [{ a: [1] }, "a set"],
])("the message describes %j as %s", (value, told) => {
  expect(unexpected(value, "a name").message).toBe(`the package set gives ${told} instead of a name`);
});
