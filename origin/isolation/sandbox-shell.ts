import { basename, join } from "node:path";
import { pathExists } from "../system/path-exists.ts";

const SANDBOX_PATHS = "sandbox-paths";

/**
 * Corrects the machine's `sandbox-paths`. Debian's newer Nix shows `/usr/bin/bash-static` to builders as their `/bin/sh`.
 * If this Nix stands in a folder of its own, the file is beside Nix's programs.
 */
export async function withOwnShell(
  settings: ReadonlyMap<string, string>,
  nixFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const words = settings.get(SANDBOX_PATHS)?.split(" ");
  if (!words) return settings;
  const corrected = await Promise.all(words.map((word) => besideNix(word, nixFolder)));
  return new Map([...settings, [SANDBOX_PATHS, corrected.join(" ")]]);
}

/** A word is `TARGET=SOURCE` or `PATH`. */
async function besideNix(word: string, nixFolder: string): Promise<string> {
  const [target = "", source = ""] = word.split("=");
  const own = join(nixFolder, basename(source));
  if (source === "" || (await pathExists(source)) || !(await pathExists(own))) return word;
  return `${target}=${own}`;
}
