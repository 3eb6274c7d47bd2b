import { mkdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { BuildListener } from "../../protocol/build-events.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { runNix } from "../nix/run-nix.ts";
import { againIfVanished } from "../nix/vanished.ts";
import { isStorePath } from "../../image/closure/store-path.ts";
import { withOwnedFolder } from "../system/owned-folder.ts";
import { pathExists } from "../system/path-exists.ts";
import { listKeptLinks } from "./kept-links.ts";
import { forgetUnused, markUsed } from "./kept-revisions.ts";
import { repositoryHash } from "./repository-hash.ts";
import { createSharedWork } from "./shared-work.ts";

/** Fetches a revision's files into the Nix store, and returns their store path. */
export interface RevisionFetch {
  readonly revision: string;
  /** The path of a link. While it exists, Nix's garbage collector keeps the store path. */
  readonly gcRoot: string;
}

interface StoredRevisionsOptions {
  /** The name of the repository. It separates its revisions from those of other repositories. */
  readonly name: string;
  readonly directory: string;
  /** The most bytes of all revisions that links protect. */
  readonly maxBytes: number;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  readonly fetchToStore: (fetch: RevisionFetch) => Promise<string>;
}

/** Revisions of a source in the Nix store. Links protect the latest ones from Nix's garbage collector. */
export interface StoredRevisions {
  /** The store path of a revision. `onEvent` hears if another build fetches it. */
  path(revision: string, onEvent?: BuildListener): Promise<string>;
}

/** The temporary folders of this room begin with these words. */
export const ROOT_FOLDER = "root-";

export function createStoredRevisions(options: StoredRevisionsOptions): StoredRevisions {
  const { directory, isolation, signal, fetchToStore } = options;
  const links = join(directory, `${repositoryHash(options.name)}.revisions`);
  const work = createSharedWork(make);

  async function make(revision: string): Promise<string> {
    await mkdir(links, { recursive: true, mode: 0o700 });
    const link = join(links, revision);
    const kept = await readlink(link).catch(() => "");
    if (isStorePath(kept) && (await pathExists(kept))) {
      await markUsed(link);
      return kept;
    }
    const fetchOnce = async (gcRoot: string) => {
      const path = await fetchToStore({ revision, gcRoot });
      await runNix(await isolation.own("nix-store", ["--realise", path, "--add-root", link]), signal);
      return path;
    };
    const path = await againIfVanished(() => withTemporaryRoot(directory, fetchOnce));
    await forgetUnused(await listKeptLinks(links, options), options.maxBytes, Date.now());
    return path;
  }

  return { path: (revision, onEvent = () => {}) => work(revision, onEvent) };
}

/** Runs `work` with the path of a link, and removes the link afterwards. */
export function withTemporaryRoot<T>(directory: string, work: (gcRoot: string) => Promise<T>): Promise<T> {
  return withOwnedFolder(directory, ROOT_FOLDER, (folder) => work(join(folder, "root")));
}
