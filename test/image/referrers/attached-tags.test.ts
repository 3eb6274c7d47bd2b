import { expect, test } from "vitest";
import { attachedTag, parseAttachedTag } from "../../../image/referrers/attached-tags.ts";
import { isSignatureTag, parseTag } from "../../../protocol/tag.ts";
import { digestOfDigit } from "./documents.ts";

const SUBJECT = digestOfDigit("a");
const HEX = "a".repeat(64);

test.each([
  ["referrers", `sha256-${HEX}`],
  ["signatures", `sha256-${HEX}.sig`],
  ["attestations", `sha256-${HEX}.att`],
  ["sbom", `sha256-${HEX}.sbom`],
] as const)("the tag of the %s", (kind, tag) => {
  expect(attachedTag(kind, SUBJECT)).toBe(tag);
  expect(parseAttachedTag(tag)).toEqual({ kind, subject: SUBJECT });
  expect(isSignatureTag(parseTag(tag))).toBe(true);
});

test.each([
  "latest",
  "sha256-",
  `sha256:${HEX}`,
  `sha256-${HEX.slice(1)}`,
  `sha256-${HEX}a`,
  `sha256-${HEX.toUpperCase()}`,
  `sha512-${HEX}`,
  `sha256-${HEX}.`,
  `sha256-${HEX}.sig.sig`,
  `sha256-${HEX}.cosign`,
  `x-sha256-${HEX}`,
])("%s is another tag", (tag) => {
  expect(parseAttachedTag(tag)).toBeNull();
});
