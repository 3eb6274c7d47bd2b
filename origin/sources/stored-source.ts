import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Isolation } from "../isolation/isolation.ts";
import { runNix } from "../nix/run-nix.ts";
import { againIfVanished } from "../nix/vanished.ts";
import { isStorePath } from "../../image/closure/store-path.ts";
import { pathExists } from "../system/path-exists.ts";

interface StoredSourcesOptions {
  /** The name of the repository. It separates its revisions from those of other repositories. */
  readonly name: string;
  readonly directory: string;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /**
   * Fetches a revision's files into the Nix store, and returns their store path. While the link `gcRoot` exists, Nix's
   * garbage collector keeps the path.
   */
  readonly fetchToStore: (revision: string, gcRoot: string) => Promise<string>;
}

/** Revisions of a source in the Nix store. Links protect the latest ones from Nix's garbage collector. */
export interface StoredSources {
  path(revision: string): Promise<string>;
}

/** An older revision is fetched again when a request needs it. */
const MAX_KEPT = 16;
const NAME_HASH_LENGTH = 16;

export function createStoredSources(options: StoredSourcesOptions): StoredSources {
  const { isolation, signal, fetchToStore } = options;
  const hash = createHash("sha256").update(options.name).digest("hex").slice(0, NAME_HASH_LENGTH);
  const links = join(options.directory, `${hash}.revisions`);
  const running = new Map<string, Promise<string>>();

  async function make(revision: string): Promise<string> {
    await mkdir(links, { recursive: true, mode: 0o700 });
    const link = join(links, revision);
    const kept = await readlink(link).catch(() => "");
    if (isStorePath(kept) && (await pathExists(kept))) return kept;
    const fetchOnce = async (gcRoot: string) => {
      const path = await fetchToStore(revision, gcRoot);
      await runNix(await isolation.own("nix-store", ["--realise", path, "--add-root", link]), signal);
      return path;
    };
    const path = await againIfVanished(() => withTemporaryRoot(options.directory, fetchOnce));
    await forgetOldest(links);
    return path;
  }

  return {
    path(revision) {
      const path = running.get(revision) ?? make(revision).finally(() => running.delete(revision));
      running.set(revision, path);
      return path;
    },
  };
}

/** Runs `work` with the path of a link, and removes the link afterwards. */
export async function withTemporaryRoot<T>(directory: string, work: (gcRoot: string) => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(directory, "root-"));
  try {
    return await work(join(folder, "root"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function forgetOldest(links: string): Promise<void> {
  const names = await readdir(links);
  if (names.length <= MAX_KEPT) return;
  const made = await Promise.all(names.map(async (name) => ({ name, at: (await lstat(join(links, name))).mtimeMs })));
  const oldest = made.toSorted((a, b) => a.at - b.at).slice(0, names.length - MAX_KEPT);
  for (const { name } of oldest) await rm(join(links, name), { force: true });
}
