import { describe, expect, test } from "vitest";
import { checkSignature, SIGNATURE_VALIDITY_S, signCall, type SignedCall } from "../../protocol/signature.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const NOW = 1_700_000_000;
const CALL: SignedCall = { method: "POST", path: "/builds", timestamp: String(NOW), body: '{"a":1}' };
const SIGNATURE = "7bdc7644cf7c8a0a9850560f2999a90f7a5697e47d7ba87738e2bfa7def73b0b";

describe("a signature equals openssl's HMAC over method, path, timestamp and body", () => {
  test("of a plain call", async () => {
    expect(await signCall(SECRET, CALL)).toBe(SIGNATURE);
  });

  test("of characters outside ASCII, line ends and a query", async () => {
    const call = { ...CALL, path: "/cornice/builds?x=1", body: '{"tag":"ü\nlatest"}' };
    expect(await signCall("geheim-ä", call)).toBe("ba4dbb7e9ee844a00f59906b224566feab1a1ff4dc8352dd86ac7adbc4e2f8e0");
  });
});

describe("a signature fits only one call,", () => {
  test.each<[string, Partial<SignedCall>]>([
    ["of another method", { method: "GET" }],
    ["of another path", { path: "/builds?x" }],
    ["of another body", { body: '{"a":2}' }],
    ["of a body with one more line", { body: '{"a":1}\n' }],
    ["of another second", { timestamp: String(NOW + 1) }],
  ])("and not a call %s", async (_, change) => {
    expect(await checkSignature([SECRET], { ...CALL, ...change }, SIGNATURE, NOW)).toBe("wrong");
  });

  test("and only one secret", async () => {
    expect(await checkSignature([`${SECRET}0`], CALL, SIGNATURE, NOW)).toBe("wrong");
  });

  test.each([
    ["the first", [SECRET, `${SECRET}0`]],
    ["the second", [`${SECRET}0`, SECRET]],
  ])("which may be %s of two while secrets change", async (_, secrets) => {
    expect(await checkSignature(secrets, CALL, SIGNATURE, NOW)).toBeUndefined();
  });

  test("and no call if there is no secret", async () => {
    expect(await checkSignature([], CALL, SIGNATURE, NOW)).toBe("wrong");
  });

  test("and it is valid for this call", async () => {
    expect(await checkSignature([SECRET], CALL, SIGNATURE, NOW)).toBeUndefined();
  });
});

test.each([
  [0, undefined],
  [SIGNATURE_VALIDITY_S, undefined],
  [-SIGNATURE_VALIDITY_S, undefined],
  [SIGNATURE_VALIDITY_S + 1, "expired"],
  [-SIGNATURE_VALIDITY_S - 1, "expired"],
])("%i seconds after the call, the problem is: %s", async (age, problem) => {
  expect(await checkSignature([SECRET], CALL, SIGNATURE, NOW + age)).toBe(problem);
});

test("it is valid for five minutes", () => {
  expect(SIGNATURE_VALIDITY_S).toBe(300);
});

test.each([
  ["no signature", CALL.timestamp, ""],
  ["no timestamp", "", SIGNATURE],
  ["a short signature", CALL.timestamp, SIGNATURE.slice(1)],
  ["an upper-case signature", CALL.timestamp, SIGNATURE.toUpperCase()],
  ["a signature with a line end", CALL.timestamp, `${SIGNATURE}\n`],
  ["a timestamp with a sign", `+${CALL.timestamp}`, SIGNATURE],
  ["a timestamp that is not a number", "NaN", SIGNATURE],
])("%s counts as unsigned", async (_, timestamp, signature) => {
  expect(await checkSignature([SECRET], { ...CALL, timestamp }, signature, NOW)).toBe("missing");
});
