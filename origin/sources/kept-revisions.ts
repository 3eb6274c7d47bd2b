import { lstat, lutimes, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { isStorePath } from "../../image/closure/store-path.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { runNix } from "../nix/run-nix.ts";

interface KeptOptions {
  /** The most bytes of all kept revisions. */
  readonly maxBytes: number;
  /** The revision that was added now. It is kept, whatever its size. */
  readonly used: string;
  readonly nowMs: number;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
}

/** Builds can still read a revision that was used in this time. */
const IN_USE_MS = 3_600_000;

interface Kept {
  readonly link: string;
  readonly path: string;
  readonly usedAt: number;
  readonly isSafe: boolean;
}

/** Notes that a revision is used now. */
export async function markUsed(link: string): Promise<void> {
  const now = new Date();
  await lutimes(link, now, now);
}

/**
 * Removes links to revisions until the rest of them is small enough. The revision that was used the longest time ago goes
 * first. Nix's garbage collector then removes its files.
 */
export async function forgetUnused(links: string, options: KeptOptions): Promise<void> {
  const kept = await removeDangling(await listKept(links, options), options);
  const sizes = await sizesOf(kept, options);
  let bytes = 0;
  for (const { link, path, isSafe } of kept) {
    bytes += sizes.get(path) ?? 0;
    if (bytes > options.maxBytes && !isSafe) await rm(link, { force: true });
  }
}

/** The latest first. */
async function listKept(links: string, { used, nowMs }: KeptOptions): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const name of await readdir(links)) {
    const link = join(links, name);
    const path = await readlink(link).catch(() => "");
    const status = await lstat(link).catch(() => undefined);
    if (!status || !isStorePath(path)) continue;
    const usedAt = name === used ? nowMs : status.mtimeMs;
    kept.push({ link, path, usedAt, isSafe: nowMs - usedAt < IN_USE_MS });
  }
  return kept.toSorted((a, b) => b.usedAt - a.usedAt);
}

/** Removes links to paths that the store does not have any more, and returns the others. */
async function removeDangling(kept: readonly Kept[], { isolation, signal }: KeptOptions): Promise<Kept[]> {
  if (kept.length === 0) return [];
  const check = ["--check-validity", "--print-invalid", ...new Set(kept.map(({ path }) => path))];
  const invalid = new Set(await runNix(await isolation.own("nix-store", check), signal));
  for (const { link } of kept.filter(({ path }) => invalid.has(path))) await rm(link, { force: true });
  return kept.filter(({ path }) => !invalid.has(path));
}

/** Bytes of each store path, as Nix has noted them. */
async function sizesOf(kept: readonly Kept[], { isolation, signal }: KeptOptions): Promise<Map<string, number>> {
  const paths = [...new Set(kept.map(({ path }) => path))];
  if (paths.length === 0) return new Map();
  const lines = await runNix(await isolation.own("nix-store", ["--query", "--size", ...paths]), signal);
  return new Map(paths.map((path, index) => [path, Number(lines[index] ?? 0)]));
}
