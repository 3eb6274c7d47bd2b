import { expect, test } from "vitest";
import { formatCount } from "../../protocol/format-count.ts";

test.each([
  [0, "0 packages"],
  [1, "1 package"],
  [2, "2 packages"],
])("%i", (count, text) => {
  expect(formatCount(count, "package")).toBe(text);
});
