import { expect, test } from "vitest";
import { createDigestFilter } from "../../../protocol/digest-filter.ts";
import { MAX_CONDEMNED, MAX_CONDEMNED_BYTES } from "../../../protocol/sweep-state.ts";

test("the largest list is one that writers read", () => {
  expect(createDigestFilter(MAX_CONDEMNED).bytes).toHaveLength(MAX_CONDEMNED_BYTES);
});
