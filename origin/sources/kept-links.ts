import { lstat, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { isStorePath } from "../../image/closure/store-path.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { runNix } from "../nix/run-nix.ts";
import type { KeptRevision } from "./kept-revisions.ts";

interface ListOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
}

interface Link {
  readonly link: string;
  readonly target: string;
  readonly usedAtMs: number;
}

/**
 * The links in a folder that protect store paths from Nix's garbage collector. Links to paths that the store does not have
 * any more are removed.
 */
export async function listKeptLinks(folder: string, options: ListOptions): Promise<KeptRevision[]> {
  const links = await removeDangling(await listLinks(folder), options);
  const sizes = await sizesOf(links, options);
  return links.map(({ link, target, usedAtMs }) => ({
    path: link,
    usedAtMs,
    bytes: sizes.get(target) ?? 0,
    forget: () => rm(link, { force: true }),
  }));
}

async function listLinks(folder: string): Promise<Link[]> {
  const links: Link[] = [];
  for (const name of await readdir(folder)) {
    const link = join(folder, name);
    const target = await readlink(link).catch(() => "");
    const status = await lstat(link).catch(() => undefined);
    if (status && isStorePath(target)) links.push({ link, target, usedAtMs: status.mtimeMs });
  }
  return links;
}

async function removeDangling(links: readonly Link[], { isolation, signal }: ListOptions): Promise<Link[]> {
  if (links.length === 0) return [];
  const check = ["--check-validity", "--print-invalid", ...new Set(links.map(({ target }) => target))];
  const invalid = new Set(await runNix(await isolation.own("nix-store", check), signal));
  for (const { link } of links.filter(({ target }) => invalid.has(target))) await rm(link, { force: true });
  return links.filter(({ target }) => !invalid.has(target));
}

/** Bytes of each store path, as Nix has noted them. */
async function sizesOf(links: readonly Link[], { isolation, signal }: ListOptions): Promise<Map<string, number>> {
  const paths = [...new Set(links.map(({ target }) => target))];
  if (paths.length === 0) return new Map();
  const lines = await runNix(await isolation.own("nix-store", ["--query", "--size", ...paths]), signal);
  return new Map(paths.map((path, index) => [path, Number(lines[index] ?? 0)]));
}
