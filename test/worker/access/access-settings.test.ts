import { describe, expect, test } from "vitest";
import { type AccessBindings, parseAccess } from "../../../worker/access/access-settings.ts";
import { anything, containing } from "../../matchers.ts";
import { HASH, USERS } from "./users.ts";

function problemsOf(env: AccessBindings): string[] {
  const problems: string[] = [];
  parseAccess(env, "secret", problems);
  return problems;
}

test.each([{}, { AUTH: "none" }, { AUTH: "none", USERS: "", PUBLIC: "" }])("%o: anybody may pull", (env) => {
  expect(parseAccess(env, "secret", [])).toEqual({ scheme: "none" });
  expect(problemsOf(env)).toEqual([]);
});

test.each(["basic", "token"])("%s: only users may pull", (scheme) => {
  const access = parseAccess({ AUTH: scheme, USERS }, "secret", []);
  expect(access).toMatchObject({ scheme, users: new Map([["alice", anything()]]), publicPackages: [] });
});

test("if the users or the secret change, tokens get another key", () => {
  const keys = [
    parseAccess({ AUTH: "token", USERS }, "secret", []),
    parseAccess({ AUTH: "token", USERS }, "other", []),
    parseAccess({ AUTH: "token", USERS: `${USERS} ` }, "secret", []),
  ].map((access) => (access.scheme === "none" ? "" : access.tokenKey));
  expect(new Set(keys).size).toBe(3);
});

describe("a wrong setting is named", () => {
  test.each([
    [{ AUTH: "Basic", USERS }, ['AUTH is "Basic"', "only with AUTH"]],
    [{ AUTH: "" }, ['AUTH is ""']],
    [{ USERS }, ["only with AUTH"]],
    [{ PUBLIC: "git" }, ["only with AUTH"]],
    [{ AUTH: "basic" }, ["USERS must be a JSON object"]],
    [{ AUTH: "basic", USERS: "{}" }, ["USERS must be a JSON object"]],
    [{ AUTH: "basic", USERS: "[]" }, ["USERS must be a JSON object"]],
    [{ AUTH: "basic", USERS: '{"bob":"hunter2"}' }, ['at "bob"']],
    [{ AUTH: "basic", USERS: '{"bob":1}' }, ['at "bob"']],
    [{ AUTH: "basic", USERS: JSON.stringify({ "a:b": HASH, "": HASH, "c\n": HASH }) }, ['"a:b"', '""', '"c\\n"']],
    [{ AUTH: "token", USERS, PUBLIC: "shell/*/git" }, ['PUBLIC has "shell/*/git"']],
  ])("%o", (env, expected) => {
    expect(problemsOf(env)).toEqual(expected.map((text) => containing(text)));
    expect(problemsOf(env).join()).not.toMatch(/hunter2|pbkdf2-sha256\.1/);
  });
});

test("a user may have the name of an object's own property", () => {
  const access = parseAccess({ AUTH: "basic", USERS: `{"__proto__":"${HASH}"}` }, "secret", []);
  expect(access).toMatchObject({ users: new Map([["__proto__", anything()]]) });
});
