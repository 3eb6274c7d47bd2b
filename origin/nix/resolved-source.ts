import { OciError } from "../../protocol/oci-error.ts";

/** A package source at one revision, on this machine. */
export interface ResolvedSource {
  /** path: a folder or file; flake: a flake's store path, or the folder of one */
  readonly kind: "path" | "flake";
  readonly location: string;
  /** The folder of the source that holds `flake.nix`, when it is not the top one. */
  readonly directory?: string;
  /** False for code that only the operator chose, and only where the operator says so. */
  readonly restricted?: boolean;
  /** A commit; for a path, whatever the operator calls its state. */
  readonly revision: string;
}

/** What a tag stands for now. */
export interface Revision {
  readonly revision: string;
  /** Whether the revision tells all that is evaluated, so that an evaluation holds for ever. */
  readonly isExact: boolean;
  /** Brings the contents to this machine. */
  fetch(): Promise<ResolvedSource>;
}

/** What the tag record of a path source says when its state has no name. */
export const UNVERSIONED = "unversioned";

/** Clients show the text of a 4xx only, so that even this is told as "unknown". */
export function unreachable(what: string, cause: unknown): OciError {
  return new OciError("MANIFEST_UNKNOWN", `the package source cannot be read now (${what}); try again later`, {
    cause,
  });
}

/** A tag that the source does not have, or must not be asked for. */
export function unknownTag(tag: string, why: string): OciError {
  return new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}; ${why}`);
}
