import type { ByteString } from "../tar/byte-string.ts";

/**
 * The files of packages whose bytes the root depends on. Of all other files it needs the names alone. Whatever reads a
 * file here takes its place and its limit from this table.
 */

/** A convention of nixpkgs: this file lists packages to install with its own package. `buildEnv` follows it, too. */
export const PROPAGATED_FILE = "nix-support/propagated-user-env-packages";
/** The file holds store paths and white space. The limit is a thousand times the size of the largest one. */
export const MAX_PROPAGATED_BYTES = 1_048_576;

export const PASSWD = "etc/passwd";
export const GROUP = "etc/group";
/** The files of machines with some ten thousand accounts are smaller. */
export const MAX_ACCOUNT_BYTES = 1_048_576;

/** Packages ship their files for systemd in one of these. The second is Debian's. */
export const DECLARING_PARENTS = ["lib", "usr/lib"];
export const DECLARING_FOLDERS = ["sysusers.d", "tmpfiles.d"] as const;
export const DECLARING_SUFFIX = ".conf";
/** Ten times the size of the largest file of systemd's own. */
export const MAX_DECLARING_BYTES = 65_536;

/** Links lead to store paths that are a file themselves, such as a generated configuration. In bytes. */
const MAX_SINGLE_FILE_BYTES = 65_536;

/**
 * How many bytes of a file the root may read, at most. `path` is relative to the store path, "" for itself. The place
 * above a folder makes no difference, because a link may lead to it: `lib` may be a link to `lib64`.
 */
export function maxBytesToRead(path: ByteString): number {
  const names = path.split("/");
  const name = names.at(-1) ?? "";
  const folder = names.at(-2) ?? "";
  const inFolder = `${folder}/${name}`;
  if (path === "") return MAX_SINGLE_FILE_BYTES;
  if (inFolder === PROPAGATED_FILE) return MAX_PROPAGATED_BYTES;
  if (inFolder === PASSWD || inFolder === GROUP) return MAX_ACCOUNT_BYTES;
  const isDeclaring = DECLARING_FOLDERS.some((other) => other === folder) && name.endsWith(DECLARING_SUFFIX);
  return isDeclaring ? MAX_DECLARING_BYTES : 0;
}
