import { OciError } from "../../protocol/oci-error.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";

/** The state of a package source that a tag stands for now. */
export interface Revision {
  readonly revision: string;
  /** Whether the revision tells all that is evaluated, so that an evaluation holds for ever. */
  readonly isExact: boolean;
  /** Brings the contents to this machine. */
  fetch(): Promise<ResolvedSource>;
}

/** The revision in the tag record of a path source whose state has no name. */
export const UNVERSIONED = "unversioned";

/** The source cannot be reached. Clients show the text of a 4xx only, so this error has the code for "unknown". */
export function unreachable(what: string, cause: unknown): OciError {
  return new OciError("MANIFEST_UNKNOWN", `the package source cannot be read now (${what}); try again later`, {
    cause,
  });
}

/** The source does not have the tag, or nobody may ask for it. */
export function unknownTag(tag: string, why: string): OciError {
  return new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}; ${why}`);
}
