import { createHash } from "node:crypto";
import { lstat, lutimes, mkdir, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Isolation } from "../isolation/isolation.ts";
import { runNix } from "../nix/run-nix.ts";

/**
 * The closures that the origin has used in the Nix store. Links protect them from Nix's garbage collector, until the
 * origin forgets them.
 */
export interface KeptClosures {
  /** Notes that the closure of these store paths is used now. They must be valid until it has ended. */
  keep(roots: readonly string[]): Promise<void>;
  /** Forgets the closures that were used the longest time ago: an eighth, but at least one. False if there was none. */
  forgetOldest(): Promise<boolean>;
}

interface KeptClosureOptions {
  /** A folder for these links only. Several origins may share it. */
  readonly directory: string;
  readonly isolation: Pick<Isolation, "own">;
  readonly signal: AbortSignal;
}

/** The links of a closure begin with this many hexadecimal digits of a hash. Nix adds `-2`, `-3` and so on. */
const NAME_LENGTH = 32;
/** A store is brought below its limit in steps of this part of the kept closures. Each step runs Nix's collector. */
const FORGOTTEN_PART = 8;

export function createKeptClosures({ directory, isolation, signal }: KeptClosureOptions): KeptClosures {
  return {
    async keep(roots) {
      const paths = [...new Set(roots)].toSorted();
      const [first] = paths;
      if (first === undefined) return;
      const link = join(directory, nameOf(paths));
      if ((await readlink(link).catch(() => "")) === first) return touch(link);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const args = ["--realise", "--option", "substitute", "false", "--add-root", link, "--", ...paths];
      await runNix(await isolation.own("nix-store", args), signal);
    },
    async forgetOldest() {
      const kept = await listKept(directory);
      const oldest = kept.slice(0, Math.ceil(kept.length / FORGOTTEN_PART));
      const links = oldest.flatMap((closure) => closure.links);
      await Promise.all(links.map((link) => rm(join(directory, link), { force: true })));
      return oldest.length > 0;
    },
  };
}

function nameOf(paths: readonly string[]): string {
  return createHash("sha256").update(paths.join("\n")).digest("hex").slice(0, NAME_LENGTH);
}

/** The time of the first link is that of its closure. Another origin may have removed it just now. */
async function touch(link: string): Promise<void> {
  const now = new Date();
  await lutimes(link, now, now).catch(() => {});
}

interface KeptClosure {
  readonly links: readonly string[];
  readonly usedAtMs: number;
}

/** The closure that was used the longest time ago comes first. */
async function listKept(directory: string): Promise<KeptClosure[]> {
  const names = await readdir(directory).catch(() => []);
  const closures = Map.groupBy(names, (name) => name.slice(0, NAME_LENGTH));
  const kept = [...closures].map(async ([name, links]) => {
    const status = await lstat(join(directory, name)).catch(() => undefined);
    return { links, usedAtMs: status?.mtimeMs ?? 0 };
  });
  return (await Promise.all(kept)).toSorted((a, b) => a.usedAtMs - b.usedAtMs);
}
