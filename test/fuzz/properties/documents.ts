import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createBill } from "../../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../../image/bills/cyclonedx.ts";
import { spdxDocument } from "../../../image/bills/spdx.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import { readPackageMetadata } from "../../../image/facts/package-metadata.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { jsonMembers } from "../../../protocol/json-object.ts";
import { memberAt, objectOf, textAt } from "../../json.ts";
import { mutatedJson } from "../odd-json.ts";
import { longText, oddText } from "../odd-text.ts";
import { type Property, property, quickly } from "../property.ts";

const anyText = fc.oneof(oddText(), longText("cpe:2.3:a:", "*", "\\", "-", "a"));
const license = fc.oneof(anyText, fc.record({ spdxId: fc.oneof(anyText, fc.constant("MIT")), fullName: anyText }));
const deb = fc.record({
  name: fc.oneof(anyText, fc.constant("g++")),
  version: fc.constantFrom("1", "1:2-3~"),
  architecture: anyText,
});
const meta = fc.record({
  name: anyText,
  version: anyText,
  license: fc.oneof(license, fc.array(license, { maxLength: 3 })),
  homepage: fc.oneof(
    anyText,
    anyText.map((rest) => `https://x.example/${rest}`),
  ),
  cpe: fc.oneof(
    anyText,
    anyText.map((value) => `cpe:2.3:a:${value}:b:1:*:*:*:*:*:*:*`),
  ),
  debian: fc.array(deb, { maxLength: 3 }),
});

const PATH = `/nix/store/${"0".repeat(32)}-git-2.51.0`;
const LICENSE =
  /^(?:LicenseRef-[A-Za-z0-9.-]+|[A-Za-z0-9.+-]+)(?: AND (?:LicenseRef-[A-Za-z0-9.-]+|[A-Za-z0-9.+-]+))*$/;

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function textsOf(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(textsOf);
  return typeof value === "string" ? [value] : [];
}

export const documents: readonly Property[] = [
  property("documents/metadata", fc.tuple(mutatedJson(meta), oddText()), ([value, title]) => {
    const metadata = quickly(() => readPackageMetadata(value));
    const bill = createBill({
      digest: sha256Digest("0".repeat(64)),
      architecture: "amd64",
      title,
      requested: [{ attribute: title, paths: [PATH] }],
      paths: [{ path: PATH, narSize: 1, references: [], layers: [], metadata }],
    });
    for (const document of [spdxDocument(bill), cyclonedxDocument(bill)]) {
      const json = quickly(() => documentJson(document));
      for (const text of textsOf(objectOf(json))) assert.doesNotMatch(text, UNPRINTABLE);
    }
    for (const each of jsonMembers(memberAt(spdxDocument(bill), "packages")))
      assert.match(textAt(each, "licenseDeclared"), LICENSE);
    for (const { purl } of [...bill.paths, ...bill.debian]) assert.match(purl, /^pkg:(?:nix|deb)\/[\w.~:%@/?&=-]+$/);
  }),
];
