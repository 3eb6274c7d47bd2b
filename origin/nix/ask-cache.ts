import { join } from "node:path";
import type { CacheFault } from "../caches/cache-fault.ts";
import { shownAddress } from "../caches/shown-address.ts";
import { type Isolation, NIX_COMMAND } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import { createCacheFaults } from "./cache-faults.ts";
import { parseNixEvent } from "./nix-event.ts";
import { runNix } from "./run-nix.ts";

/** A cache that takes longer for a small file is of no use; seconds. */
const ANSWER_TIMEOUT_S = 5;
const LIMITS: Readonly<Record<string, string>> = {
  "connect-timeout": String(ANSWER_TIMEOUT_S),
  "download-attempts": "1",
  "stalled-download-timeout": String(ANSWER_TIMEOUT_S),
};

/**
 * Lets Nix ask a binary cache for its `nix-cache-info`, once. Returns the fault if the cache does not give it. So all kinds
 * of caches, passwords and proxies work as in a build.
 */
export async function askCache(
  cache: string,
  isolation: Pick<Isolation, "cacheOptions" | "own" | "withScratch">,
  signal: AbortSignal,
): Promise<CacheFault | undefined> {
  const limits = Object.entries(LIMITS).flatMap(([name, value]) => ["--option", name, value]);
  const args = [...NIX_COMMAND, "store", "ping", "--store", cache];
  const netrc = await isolation.cacheOptions();
  const command = await isolation.own("nix", [...args, ...netrc, ...limits, "--log-format", "internal-json"]);
  const faults = createCacheFaults([cache]);
  let found: CacheFault | undefined;
  return isolation.withScratch(async (folder) => {
    // Nix remembers a cache for days. Here it remembers nothing.
    const env = { ...command.env, XDG_CACHE_HOME: join(folder, "cache") };
    try {
      await runNix({ ...command, env }, signal, (line) => {
        const event = parseNixEvent(line);
        found ??= event && faults.read(event);
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return found ?? { cache: shownAddress(cache), kind: "unusable", words: "cannot be used", isWhole: true };
    }
  });
}
