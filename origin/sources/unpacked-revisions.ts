import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BuildListener } from "../../protocol/build-events.ts";
import type { UnpackedTree } from "../archives/unpack-archive.ts";
import { hasCode } from "../system/error-code.ts";
import { withOwnedFolder } from "../system/owned-folder.ts";
import { forgetUnused, type KeptRevision, markUsed } from "./kept-revisions.ts";
import { repositoryHash } from "./repository-hash.ts";
import { createSharedWork } from "./shared-work.ts";

/** Fetches a revision's files into a folder below `folder`. */
export interface RevisionUnpacking {
  readonly revision: string;
  readonly folder: string;
  /** Gets the progress. */
  readonly onEvent: BuildListener;
}

interface UnpackedRevisionsOptions {
  /** The name of the repository. It separates its revisions from those of other repositories. */
  readonly name: string;
  readonly directory: string;
  /** The most bytes of all revisions. */
  readonly maxBytes: number;
  readonly unpack: (unpacking: RevisionUnpacking) => Promise<UnpackedTree>;
}

/** Revisions of a source in folders of their own, outside of the Nix store. */
export interface UnpackedRevisions {
  /** The folder with the files of a revision. `onEvent` gets the progress if the revision must be fetched. */
  path(revision: string, onEvent?: BuildListener): Promise<string>;
}

/** The temporary folders of this room begin with this word. */
export const ARCHIVE_FOLDER = "archive-";
/** The folder of a revision has its files in a folder with this suffix, and beside it a file with their size. */
const FILES_SUFFIX = "-source";
const SIZE_FILE = "bytes";
/** Without a jail, the evaluating user reaches the files through these folders, but cannot list what is in them. */
const PASSABLE = 0o711;

/** Two origins can share `directory`. A revision appears in it whole, by one renaming. */
export function createUnpackedRevisions(options: UnpackedRevisionsOptions): UnpackedRevisions {
  const { directory, maxBytes, unpack } = options;
  const folder = join(directory, `${repositoryHash(options.name)}.unpacked`);
  const work = createSharedWork(make);

  async function make(revision: string, onEvent: BuildListener): Promise<string> {
    const kept = join(folder, revision);
    const known = await filesIn(kept);
    if (known !== undefined) {
      await markUsed(kept);
      return known;
    }
    await mkdir(folder, { recursive: true, mode: PASSABLE });
    await remove(kept);
    await withOwnedFolder(directory, ARCHIVE_FOLDER, async (temporary) => {
      const made = join(temporary, "revision");
      await mkdir(made, { mode: PASSABLE });
      const { path, bytes } = await unpack({ revision, folder: temporary, onEvent });
      await rename(path, join(made, basename(path)));
      await writeFile(join(made, SIZE_FILE), String(bytes));
      await rename(made, kept).catch(ignoreExisting);
    });
    await markUsed(kept);
    await forgetUnused(await listKept(), maxBytes, Date.now());
    const files = await filesIn(kept);
    if (files === undefined) throw new Error(`the files of ${revision} have vanished`);
    return files;
  }

  async function listKept(): Promise<KeptRevision[]> {
    const names = await readdir(folder);
    const kept = await Promise.all(names.map((name) => describeKept(join(folder, name))));
    return kept.filter((revision) => revision !== undefined);
  }

  /** Undefined if another origin has just removed it. */
  async function describeKept(path: string): Promise<KeptRevision | undefined> {
    const status = await stat(path).catch(() => undefined);
    const bytes = Number(await readFile(join(path, SIZE_FILE), "utf8").catch(() => 0));
    return status && { path, usedAtMs: status.mtimeMs, bytes, forget: () => remove(path) };
  }

  /** First takes the whole folder away, so that no half revision is ever found. */
  async function remove(path: string): Promise<void> {
    await withOwnedFolder(directory, ARCHIVE_FOLDER, async (temporary) => {
      await rename(path, join(temporary, "removed")).catch(ignoreMissing);
    });
  }

  return { path: (revision, onEvent = () => {}) => work(revision, onEvent) };
}

/** The folder with the files of a kept revision. */
async function filesIn(kept: string): Promise<string | undefined> {
  const names = await readdir(kept).catch(ignoreMissing);
  const name = names?.find((each) => each.endsWith(FILES_SUFFIX));
  return name && join(kept, name);
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
}

/** Another origin has fetched the same revision in the meantime. */
function ignoreExisting(error: unknown): undefined {
  if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
}
