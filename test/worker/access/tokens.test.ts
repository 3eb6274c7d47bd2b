import { sign } from "hono/jwt";
import { afterEach, describe, expect, test, vi } from "vitest";
import { issueToken, readToken, TOKEN_LIFETIME_S } from "../../../worker/access/tokens.ts";
import { restrictedAccess } from "./users.ts";

const ACCESS = restrictedAccess("token");
const GRANT = { user: "alice", resources: ["repository:git"] };
const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;

afterEach(() => {
  vi.useRealTimers();
});

test.each([GRANT, { user: undefined, resources: [] }])(
  "a token contains the grant that was signed: %o",
  async (grant) => {
    expect(await readToken(ACCESS, "h", await issueToken(ACCESS, "h", grant))).toEqual(grant);
  },
);

test("a token ends after its lifetime", async () => {
  vi.useFakeTimers();
  const token = await issueToken(ACCESS, "h", GRANT);
  vi.advanceTimersByTime((TOKEN_LIFETIME_S - 1) * 1000);
  expect(await readToken(ACCESS, "h", token)).toEqual(GRANT);
  vi.advanceTimersByTime(1000);
  expect(await readToken(ACCESS, "h", token)).toBeUndefined();
});

describe("a token is not valid", () => {
  const claims = { ...GRANT, aud: "h", exp: IN_AN_HOUR };

  test("if it is for another registry", async () => {
    expect(await readToken(ACCESS, "other", await issueToken(ACCESS, "h", GRANT))).toBeUndefined();
  });

  test("if it was signed for other users", async () => {
    const other = { ...ACCESS, tokenKey: `${ACCESS.tokenKey}x` };
    expect(await readToken(ACCESS, "h", await issueToken(other, "h", GRANT))).toBeUndefined();
  });

  test("if its payload was changed", async () => {
    const [header, , signature] = (await issueToken(ACCESS, "h", GRANT)).split(".");
    const payload = btoa(JSON.stringify({ ...claims, user: "root" })).replaceAll("=", "");
    expect(await readToken(ACCESS, "h", `${header}.${payload}.${signature}`)).toBeUndefined();
  });

  test("if no key signed it", async () => {
    const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
    expect(await readToken(ACCESS, "h", `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`)).toBeUndefined();
  });

  test("if it has another algorithm", async () => {
    expect(await readToken(ACCESS, "h", await sign(claims, ACCESS.tokenKey, "HS512"))).toBeUndefined();
  });

  test.each([
    { ...claims, resources: "repository:git" },
    { ...claims, user: 1 },
    { aud: "h", exp: IN_AN_HOUR },
  ])("if it has other claims: %o", async (payload) => {
    expect(await readToken(ACCESS, "h", await sign(payload, ACCESS.tokenKey, "HS256"))).toBeUndefined();
  });

  test.each(["", ".", "..", "a.b.c", "x".repeat(100_000)])("if it is garbage", async (token) => {
    expect(await readToken(ACCESS, "h", token)).toBeUndefined();
  });
});
