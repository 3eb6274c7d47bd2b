import { type Digest, digestHex, isDigest } from "../../protocol/digest.ts";

/**
 * What a tag beside an image leads to. `referrers` is the list for clients without the referrers API:
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 * The others are cosign 2's.
 */
export type AttachedKind = (typeof KINDS)[number];

const KINDS = ["referrers", "signatures", "attestations", "sbom"] as const;
const SUFFIXES: Readonly<Record<AttachedKind, string>> = {
  referrers: "",
  signatures: ".sig",
  attestations: ".att",
  sbom: ".sbom",
};
const ATTACHED_TAG = /^sha256-([0-9a-f]{64})(\.[a-z]+)?$/;

export function attachedTag(kind: AttachedKind, subject: Digest): string {
  return `sha256-${digestHex(subject)}${SUFFIXES[kind]}`;
}

/** Null for every other tag. */
export function parseAttachedTag(tag: string): { readonly kind: AttachedKind; readonly subject: Digest } | null {
  const [, hex = "", suffix = ""] = ATTACHED_TAG.exec(tag) ?? [];
  const subject = `sha256:${hex}`;
  const kind = KINDS.find((each) => SUFFIXES[each] === suffix);
  return kind && isDigest(subject) ? { kind, subject } : null;
}
