import { describe, expect, test } from "vitest";
import { clientKey, parseClientKey } from "../../protocol/client-key.ts";

describe("a client's key", () => {
  test("is the same only for the same address and secret", async () => {
    const key = await clientKey("secret", "192.0.2.1");
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(await clientKey("secret", "192.0.2.1")).toBe(key);
    expect(await clientKey("secret", "192.0.2.2")).not.toBe(key);
    expect(await clientKey("another", "192.0.2.1")).not.toBe(key);
  });

  test.each([
    ["0123456789abcdef", "0123456789abcdef"],
    [undefined, ""],
    ["", ""],
    ["0123456789ABCDEF", ""],
    ["0123456789abcdef0", ""],
    ["a\nb", ""],
  ])("is read from a header: %j", (header, key) => {
    expect(parseClientKey(header)).toBe(key);
  });
});
