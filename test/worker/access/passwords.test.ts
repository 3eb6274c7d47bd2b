import { afterEach, describe, expect, test, vi } from "vitest";
import { checkPassword } from "../../../worker/access/passwords.ts";
import { restrictedAccess } from "./users.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

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
    for (let time = 0; time < 2; time++) expect(await checkPassword(access, user, password)).toBe(expected);
  });

  test("of nobody is not the one of no bytes", async () => {
    expect(await checkPassword(restrictedAccess("basic"), "nobody", "\u0000".repeat(32))).toBe(false);
  });
});

describe("hashing", () => {
  const PARAMETERS = { name: "PBKDF2", hash: "SHA-256", iterations: 100_000 };
  const spyOnHashing = () => vi.spyOn(crypto.subtle, "deriveBits");

  test("happens once for a right password within a minute", async () => {
    vi.useFakeTimers();
    const hashing = spyOnHashing();
    const access = restrictedAccess("basic");
    for (let time = 0; time < 20; time++) await checkPassword(access, "alice", "wonderland");
    expect(hashing).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    await checkPassword(access, "alice", "wonderland");
    expect(hashing).toHaveBeenCalledTimes(2);
  });

  test("happens for wrong ones and for unknown users alike", async () => {
    const hashing = spyOnHashing();
    const access = restrictedAccess("basic");
    await checkPassword(access, "alice", "wrong");
    await checkPassword(access, "nobody", "wrong");
    const [known, unknown] = hashing.mock.calls;
    expect(hashing).toHaveBeenCalledTimes(2);
    expect(known?.[0]).toEqual({ ...PARAMETERS, salt: expect.any(Uint8Array) });
    expect(unknown?.[0]).toEqual({ ...PARAMETERS, salt: new Uint8Array(16) });
  });

  test("is not spared by what another set of users remembers", async () => {
    await checkPassword(restrictedAccess("basic"), "alice", "wonderland");
    const hashing = spyOnHashing();
    await checkPassword(restrictedAccess("basic"), "alice", "wonderland");
    expect(hashing).toHaveBeenCalledTimes(1);
  });
});
