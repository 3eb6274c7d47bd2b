import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Environment } from "../origin/system/settings.ts";
import { whileDoing } from "./cli-error.ts";

const OWNER_ONLY = 0o700;

/** A relative path counts as unset: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function cacheDirectory(env: Environment): string {
  const configured = env["XDG_CACHE_HOME"] ?? "";
  return join(isAbsolute(configured) ? configured : join(homedir(), ".cache"), "cornice");
}

/** Runs `work` with the cache folder. If `kept` is false, it uses a temporary folder, and removes it at the end. */
export async function withCache<T>(
  env: Environment,
  kept: boolean,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  if (kept) {
    const directory = cacheDirectory(env);
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY }).catch(
      whileDoing("cannot use the cache (set XDG_CACHE_HOME to another place, or use --no-cache)"),
    );
    return work(directory);
  }
  const directory = await mkdtemp(join(tmpdir(), "cornice-")).catch(whileDoing("cannot make a temporary folder"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
