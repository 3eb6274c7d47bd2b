import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createBill } from "../../../image/bills/bill.ts";
import { cyclonedxDocument } from "../../../image/bills/cyclonedx.ts";
import { spdxDocument } from "../../../image/bills/spdx.ts";
import { documentJson } from "../../../image/facts/clean-text.ts";
import { metadataJson, readPackageMetadata } from "../../../image/facts/package-metadata.ts";
import { readFoundMetadata } from "../../../image/names/found-package.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import { jsonMembers, parseJson } from "../../../protocol/json-object.ts";
import { parseBill } from "../../../web/documents/bill.ts";
import { parseProvenance } from "../../../web/documents/provenance.ts";
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
export const meta = fc.record({
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

/** UTF-16 code units. */
const MAX_SHOWN = 300;
const shownProperty = fc.record({
  name: fc.constantFrom("cornice:nar-size", "cornice:layer", "cornice:store-path"),
  value: fc.oneof(anyText, fc.constant("7")),
});
const shownBill = fc.record({
  bomFormat: fc.constant("CycloneDX"),
  components: fc.array(
    fc.record({
      "bom-ref": fc.constantFrom("a", "b"),
      name: anyText,
      version: anyText,
      purl: anyText,
      licenses: fc.array(fc.record({ license: fc.record({ id: anyText }) }), { maxLength: 2 }),
      properties: fc.array(shownProperty, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  dependencies: fc.array(fc.record({ ref: fc.constant("a"), dependsOn: fc.constant(["b"]) }), { maxLength: 2 }),
});
const resource = fc.record({
  uri: fc.oneof(
    anyText,
    anyText.map((rest) => `path:/nix/store/${rest}`),
  ),
  downloadLocation: anyText,
  annotations: fc.record({ key: anyText, derivation: anyText }),
});
const shownProvenance = fc.record({
  predicate: fc.record({
    buildDefinition: fc.record({
      externalParameters: fc.record({ source: anyText, revision: anyText, names: fc.array(anyText, { maxLength: 2 }) }),
      resolvedDependencies: fc.array(resource, { maxLength: 3 }),
    }),
    runDetails: fc.record({
      builder: fc.record({ id: anyText, version: fc.dictionary(oddText(8), anyText, { maxKeys: 2 }) }),
      byproducts: fc.array(resource, { maxLength: 3 }),
    }),
  }),
});

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

  property("documents/found-metadata", mutatedJson(meta), (value) => {
    const found = readFoundMetadata(value);
    if (found) assert.deepEqual(readFoundMetadata(parseJson(JSON.stringify(metadataJson(found)))), found);
  }),

  property("documents/shown-bill", mutatedJson(shownBill), (value) => {
    for (const { name, licenses, purl = "", version = "", size = 0 } of quickly(() => parseBill(value)) ?? []) {
      for (const text of [name, version, purl, ...licenses]) assert.doesNotMatch(text, UNPRINTABLE);
      assert.ok(name.length <= MAX_SHOWN && Number.isSafeInteger(size));
    }
  }),

  property("documents/shown-provenance", mutatedJson(shownProvenance), (value) => {
    for (const text of textsOf(quickly(() => parseProvenance(value)))) assert.doesNotMatch(text, UNPRINTABLE);
  }),
];
