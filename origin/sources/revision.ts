import { OciError } from "../../protocol/oci-error.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";

/** The state of a package source to which a tag resolves now. */
export interface Revision {
  readonly revision: string;
  /** The revision of the nixpkgs that the package set gets. Undefined if the operator names none. */
  readonly nixpkgs?: string;
  /** Whether the contents of this revision never change. Then an evaluation of it is valid for ever. */
  readonly isExact: boolean;
  /** Fetches the contents to this machine. */
  fetch(): Promise<ResolvedSource>;
}

/** The revision in tag records, for a path source without CORNICE_SOURCE_REVISION. */
export const UNVERSIONED = "unversioned";

/** The source cannot be reached. Clients show only the text of a 4xx, so this error has the code for "unknown". */
export function unreachable(what: string, cause: unknown): OciError {
  return new OciError("MANIFEST_UNKNOWN", `the package source cannot be read now (${what}); try again later`, {
    cause,
  });
}

/** The source does not have the tag, or the tag is not allowed. */
export function unknownTag(tag: string, why: string): OciError {
  return new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}; ${why}`);
}
