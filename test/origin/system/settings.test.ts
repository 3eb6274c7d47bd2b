import { describe, expect, test } from "vitest";
import { ConfigError, Settings } from "../../../origin/system/settings.ts";

const PORT = { fallback: 80, min: 1, max: 100 };

test("an empty value counts as unset, except for text", () => {
  const settings = new Settings({ EMPTY: "" });
  expect(settings.optional("EMPTY")).toBeUndefined();
  expect(settings.text("EMPTY")).toBe("");
  expect(settings.text("UNSET")).toBeUndefined();
});

describe("a required setting", () => {
  test("is returned as it is", () => {
    expect(new Settings({ A: " a " }).required("A", "the letter")).toBe(" a ");
  });

  test.each([{}, { A: "" }])("is missing in %j", (env) => {
    const settings = new Settings(env);
    settings.required("A", "the letter");
    expect(settings.problems).toEqual(["A is not set: the letter"]);
  });
});

describe("an integer", () => {
  test.each([
    [undefined, 80],
    ["", 80],
    ["1", 1],
    ["100", 100],
    ["007", 7],
  ])("%j is %i", (text, value) => {
    const settings = new Settings({ N: text });
    expect(settings.integer("N", PORT)).toBe(value);
    expect(settings.problems).toEqual([]);
  });

  test.each(["0", "101", "-1", "1.5", "1e1", "0x10", " 1", "ten", "9".repeat(16)])("%j is refused", (text) => {
    const settings = new Settings({ N: text });
    settings.integer("N", PORT);
    expect(settings.problems).toEqual([`N is "${text}"; it must be a whole number from 1 to 100`]);
  });
});

describe("a boolean", () => {
  test.each([
    ["true", false, true],
    ["false", true, false],
    ["", true, true],
    [undefined, false, false],
  ])("%j, by default %j, is %j", (text, fallback, value) => {
    expect(new Settings({ B: text }).boolean("B", fallback)).toBe(value);
  });

  test.each(["1", "yes", "True", "false "])("%j is refused", (text) => {
    const settings = new Settings({ B: text });
    settings.boolean("B", true);
    expect(settings.problems).toEqual([`B is "${text}"; it must be true or false`]);
  });
});

describe("a URL", () => {
  test.each([
    ["http://a", "http://a"],
    ["https://a/b/", "https://a/b"],
    ["https://a/b//", "https://a/b"],
    ["http://127.0.0.1:8787/x?y", "http://127.0.0.1:8787/x?y"],
  ])("%s is used as %s", (text, url) => {
    const settings = new Settings({ U: text });
    expect(settings.url("U", "an address")).toBe(url);
    expect(settings.optionalUrl("U", "http://other")).toBe(url);
    expect(settings.problems).toEqual([]);
  });

  test.each(["a", "a:80", "ftp://a", "file:///a", "http://", "//a"])("%s is refused", (text) => {
    const settings = new Settings({ U: text });
    settings.url("U", "an address");
    settings.optionalUrl("U", "http://other");
    const problem = `U is "${text}"; it must be an http or https URL`;
    expect(settings.problems).toEqual([problem, problem]);
  });

  test("of another kind shows no password", () => {
    const settings = new Settings({ U: "ftp://me:hunter22@a" });
    settings.url("U", "an address");
    expect(settings.problems).toEqual(['U is "ftp://a"; it must be an http or https URL']);
  });

  test("gives one problem if it is missing, not also an invalid value", () => {
    const settings = new Settings({});
    settings.url("U", "an address");
    expect(settings.problems).toEqual(["U is not set: an address"]);
  });

  test("has its default if it is optional", () => {
    expect(new Settings({ U: "" }).optionalUrl("U", "http://other")).toBe("http://other");
  });
});

test("one error has all problems, one on each line", () => {
  const settings = new Settings({ N: "x", B: "x" });
  settings.integer("N", PORT);
  settings.boolean("B", true);
  expect(() => settings.throwIfAny()).toThrow(
    new ConfigError(['N is "x"; it must be a whole number from 1 to 100', 'B is "x"; it must be true or false']),
  );
});

test("without problems, there is no error", () => {
  expect(() => new Settings({}).throwIfAny()).not.toThrow();
});
