import { expect, test } from "vitest";
import { PREDICATE_TYPES, statement } from "../../../image/attestations/statement.ts";
import { createBill } from "../../../image/bills/bill.ts";
import { spdxDocument } from "../../../image/bills/spdx.ts";
import { DIGEST, IMAGE } from "../facts/facts.ts";

test("a statement is about a manifest, by its digest", () => {
  const predicate = spdxDocument(createBill(IMAGE));
  expect(statement({ name: "shell/git", digest: DIGEST }, PREDICATE_TYPES.spdx, predicate)).toEqual({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "shell/git", digest: { sha256: "0123456789abcdef".repeat(4) } }],
    predicateType: "https://spdx.dev/Document",
    predicate,
  });
});

test.each([
  ["cyclonedx", "https://cyclonedx.org/bom"],
  ["provenance", "https://slsa.dev/provenance/v1"],
] as const)("the type of %s is %s", (form, type) => {
  expect(PREDICATE_TYPES[form]).toBe(type);
});
