import { type Digest, digestHex } from "../../protocol/digest.ts";

/** The forms of claim that an image has. */
export const PREDICATE_TYPES = {
  spdx: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
  provenance: "https://slsa.dev/provenance/v1",
} as const;

export type PredicateType = (typeof PREDICATE_TYPES)[keyof typeof PREDICATE_TYPES];

/**
 * An in-toto Statement, version 1: a claim about one manifest.
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md. `name` is for people.
 */
export function statement<Predicate extends object>(
  subject: { readonly name: string; readonly digest: Digest },
  predicateType: PredicateType,
  predicate: Predicate,
) {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: subject.name, digest: { sha256: digestHex(subject.digest) } }],
    predicateType,
    predicate,
  };
}
