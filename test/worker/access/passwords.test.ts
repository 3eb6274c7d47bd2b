import { afterEach, describe, expect, test, vi } from "vitest";
import type { RestrictedAccess } from "../../../worker/access/access-settings.ts";
import { checkPassword } from "../../../worker/access/passwords.ts";
import { anyOf } from "../../matchers.ts";
import { restrictedAccess } from "./users.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function check(access: RestrictedAccess, user: string, password: string): Promise<boolean> {
  return checkPassword(access, { user, password }, async () => undefined);
}

describe("a password", () => {
  test.each([
    ["alice", "wonderland", true],
    ["alice", "Wonderland", false],
    ["alice", "", false],
    ["Alice", "wonderland", false],
    ["bob", "wonderland", false],
    ["", "", false],
    ["constructor", "wonderland", false],
  ])("%j has %j: %s", async (user, password, expected) => {
    const access = restrictedAccess("basic");
    for (let time = 0; time < 2; time++) expect(await check(access, user, password)).toBe(expected);
  });

  test("of an unknown user is never right, not even one of null characters", async () => {
    expect(await check(restrictedAccess("basic"), "nobody", "\u0000".repeat(32))).toBe(false);
  });
});

describe("hashing", () => {
  const PARAMETERS = { name: "PBKDF2", hash: "SHA-256", iterations: 100_000 };
  const spyOnHashing = () => vi.spyOn(crypto.subtle, "deriveBits");

  test("happens once for a right password that is sent at least every minute", async () => {
    vi.useFakeTimers();
    const hashing = spyOnHashing();
    const access = restrictedAccess("basic");
    for (let time = 0; time < 20; time++) await check(access, "alice", "wonderland");
    for (let minute = 0; minute < 5; minute++) {
      vi.advanceTimersByTime(59_000);
      await check(access, "alice", "wonderland");
    }
    expect(hashing).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    await check(access, "alice", "wonderland");
    expect(hashing).toHaveBeenCalledTimes(2);
  });

  test("happens for wrong passwords and for unknown users", async () => {
    const hashing = spyOnHashing();
    const access = restrictedAccess("basic");
    await check(access, "alice", "wrong");
    await check(access, "nobody", "wrong");
    const [known, unknown] = hashing.mock.calls;
    expect(hashing).toHaveBeenCalledTimes(2);
    expect(known?.[0]).toEqual({ ...PARAMETERS, salt: anyOf(Uint8Array) });
    expect(unknown?.[0]).toEqual({ ...PARAMETERS, salt: new Uint8Array(16) });
  });

  test("does not happen if it is not admitted", async () => {
    const hashing = spyOnHashing();
    const refuse = () => Promise.reject(new Error("not now"));
    const wrong = checkPassword(restrictedAccess("basic"), { user: "alice", password: "wrong" }, refuse);
    await expect(wrong).rejects.toThrow("not now");
    expect(hashing).not.toHaveBeenCalled();
  });

  test("happens again for another set of users", async () => {
    await check(restrictedAccess("basic"), "alice", "wonderland");
    const hashing = spyOnHashing();
    await check(restrictedAccess("basic"), "alice", "wonderland");
    expect(hashing).toHaveBeenCalledTimes(1);
  });
});
