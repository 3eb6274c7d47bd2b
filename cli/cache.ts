import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Environment } from "../origin/system/settings.ts";
import { whileDoing } from "./cli-error.ts";

const OWNER_ONLY = 0o700;

/** https://specifications.freedesktop.org/basedir-spec/latest/: a relative path counts as unset. */
export function cacheDirectory(env: Environment): string {
  const configured = env["XDG_CACHE_HOME"] ?? "";
  return join(isAbsolute(configured) ? configured : join(homedir(), ".cache"), "cornice");
}

/** Runs `work` with the folder that is kept for the next time, or with one that is gone when it ends. */
export async function withCache<T>(
  env: Environment,
  kept: boolean,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  if (kept) {
    const directory = cacheDirectory(env);
    await mkdir(directory, { recursive: true, mode: OWNER_ONLY }).catch(
      whileDoing("cannot use the cache (XDG_CACHE_HOME chooses another place, --no-cache none)"),
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
