import { expect, test } from "vitest";
import { derivedUuid } from "../../../image/bills/derived-uuid.ts";
import { sha256Digest } from "../../../protocol/digest.ts";

test.each([
  ["0", "00000000-0000-8000-8000-000000000000"],
  ["7", "77777777-7777-8777-b777-777777777777"],
  ["f", "ffffffff-ffff-8fff-bfff-ffffffffffff"],
])("a digest of the digit %s has a UUID of version 8", (digit, uuid) => {
  expect(derivedUuid(sha256Digest(digit.repeat(64)))).toBe(uuid);
});
