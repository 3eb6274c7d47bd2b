import { OciError } from "../../protocol/oci-error.ts";
import type { BuildListener } from "../../protocol/build-events.ts";
import { ArchiveError } from "../archives/archive-error.ts";
import { DownloadError } from "../downloads/download-error.ts";
import { isDiskFull } from "../system/error-code.ts";
import type { ResolvedSource } from "../nix/resolved-source.ts";

/** The state of a package source to which a tag resolves now. */
export interface Revision {
  readonly revision: string;
  /** The revision of the nixpkgs that the package set gets. Undefined if the operator names none. */
  readonly nixpkgs?: string;
  /** Whether the contents of this revision never change. Then an evaluation of it is valid for ever. */
  readonly isExact: boolean;
  /** Fetches the contents to this machine. `onEvent` gets the progress. */
  fetch(onEvent?: BuildListener): Promise<ResolvedSource>;
}

/** The revision in tag records, for a path source without CORNICE_SOURCE_REVISION. */
export const UNVERSIONED = "unversioned";

/** The words of Nix and git. */
const DISK_FULL = /No space left on device|Disk quota exceeded/;
const NO_SPACE = "the build service has no disk space left";

/** The source cannot be read: an outage. `what` names the part of the source. */
export function unreachable(what: string, cause: unknown): OciError {
  const reason = reasonOf(cause);
  const words = reason === undefined ? what : `${what}: ${reason}`;
  return new OciError("UNAVAILABLE", `the package source cannot be read now (${words}); try again later`, { cause });
}

/** A reason that clients may see. Other errors can name paths and addresses of this machine. */
function reasonOf(cause: unknown): string | undefined {
  if (cause instanceof DownloadError) return cause.message;
  if (cause instanceof ArchiveError) return `it ${cause.message}`;
  return isDiskFull(cause) || (cause instanceof Error && DISK_FULL.test(cause.message)) ? NO_SPACE : undefined;
}

/** The source does not have the tag, or the tag is not allowed. */
export function unknownTag(tag: string, why: string): OciError {
  return new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}; ${why}`);
}
