import { expect, test } from "vitest";
import { warningHeader } from "../../../worker/answers/warning.ts";

test.each([
  ["a plain text", "htop was left out", '299 - "htop was left out"'],
  ["quotes and backslashes", 'the tag "latest" \\ is old', '299 - "the tag \\"latest\\" \\\\ is old"'],
  ["line ends and text outside of ASCII", "one\r\nInjected: two — naïve", '299 - "one Injected: two na ve"'],
  ["more than a header holds", "x".repeat(5000), `299 - "${"x".repeat(1024)}"`],
])("%s", (_, text, header) => {
  expect(warningHeader(text)).toBe(header);
  expect(new Headers({ Warning: header }).get("Warning")).toBe(header);
});
