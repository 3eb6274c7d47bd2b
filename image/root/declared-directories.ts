import type { TarEntry } from "../tar/tar-entry.ts";
import type { Accounts } from "./accounts.ts";
import { type DeclaredLine, declaredLines } from "./declared-lines.ts";
import { DIRECTORIES } from "./skeleton.ts";
import type { StoreFiles } from "./store-files.ts";
import { type DeclaredDirectory, parseTmpfilesLine } from "./tmpfiles.ts";

/** A tar header holds larger numbers, but no account of an image has one. */
const MAX_ID = 65_535;

export interface DeclaredDirectories {
  readonly entries: readonly TarEntry[];
  /** Lines that make no directory, because they are malformed, or because no image can have it. */
  readonly ignored: readonly DeclaredLine[];
}

/**
 * The directories that packages declare in tmpfiles.d, with their owners. The first line for a path wins. Directories
 * that all images have stay as they are. An owner that the image does not know is root.
 */
export function declaredDirectories(
  roots: readonly string[],
  files: StoreFiles,
  { users, groups }: Pick<Accounts, "users" | "groups">,
): DeclaredDirectories {
  const uids = new Map(users.map(({ name, uid }) => [name, uid]));
  const gids = new Map(groups.map(({ name, gid }) => [name, gid]));
  const first = new Map<string, DeclaredDirectory>();
  const ignored: DeclaredLine[] = [];
  for (const line of declaredLines("tmpfiles.d", roots, files)) {
    const directory = parseTmpfilesLine(line);
    if (directory === "malformed") ignored.push(line);
    else if (directory && !Object.hasOwn(DIRECTORIES, directory.path) && !first.has(directory.path))
      first.set(directory.path, directory);
  }
  const entries = [...first.values()].map(({ path, mode, user, group }): TarEntry => {
    const owner = { uid: idOf(user, uids), gid: idOf(group, gids) };
    return { type: "directory", name: `${path}/`, mode, owner };
  });
  return { entries, ignored };
}

function idOf(owner: string, ids: ReadonlyMap<string, number>): number {
  const id = /^\d+$/.test(owner) ? Number(owner) : (ids.get(owner) ?? 0);
  return Number.isInteger(id) && id >= 0 && id <= MAX_ID ? id : 0;
}
