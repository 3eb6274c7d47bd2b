import { OciError } from "./oci-error.ts";

/** The spec's tag grammar: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const SIGNATURE_TAG = /^sha256-/;
const COMMIT = /^[0-9a-f]{40}$/;
const MAX_SHOWN = 80;

/** The tag that stands for the package source's configured default. */
export const DEFAULT_TAG = "latest";

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Returns the tag, or throws `TAG_INVALID`. */
export function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new OciError(
    "TAG_INVALID",
    `${JSON.stringify(text.slice(0, MAX_SHOWN))} cannot be a tag; tags are up to 128 letters, digits, "_", "." and "-"`,
  );
}

/** Signature and attestation tools look up tags such as `sha256-<hex>.sig`. No build makes such a tag. */
export function isSignatureTag(tag: string): boolean {
  return SIGNATURE_TAG.test(tag);
}

/** Parts that a tag may have, but not a ref of git: https://git-scm.com/docs/git-check-ref-format */
const NO_REF = /\.\.|\.$|\.lock$/;

/** Whether no package source can have the tag. Channels, branches, tags and commits all have names that git allows. */
export function isImpossibleTag(tag: string): boolean {
  return NO_REF.test(tag);
}

/** Whether a tag is a full hash of a Git commit. It stands for the same files for ever. */
export function isCommit(tag: string): boolean {
  return COMMIT.test(tag);
}
