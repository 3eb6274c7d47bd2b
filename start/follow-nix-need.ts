import { parseNixVersion, type NixVersion } from "../origin/isolation/nix-version.ts";
import type { PackageSource } from "../origin/sources/package-source.ts";
import type { Environment } from "../origin/system/settings.ts";
import { isJsonObject } from "../protocol/json-object.ts";
import { ensureNix } from "./ensure-nix.ts";

interface FollowOptions {
  readonly source: PackageSource | undefined;
  /** The settings of `npm start`. */
  readonly env: Environment;
  /** Whether a newer Nix may be brought. */
  readonly installs: boolean;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Starts the origin again with settings that name another Nix. */
  readonly useNix: (settings: Readonly<Record<string, string>>) => Promise<void>;
}

/**
 * Returns a function for the origin's messages. If a revision needs a newer Nix than the origin has, it brings one, and
 * starts the origin again. It logs what it cannot do. The origin goes on with the Nix that it has.
 */
export function followNixNeed({
  source,
  env,
  installs,
  log,
  signal,
  useNix,
}: FollowOptions): (message: unknown) => void {
  let isAtWork = false;

  async function bring(needed: NixVersion): Promise<void> {
    const install = { path: env["PATH"] ?? "", isRoot: process.getuid?.() === 0, installs, log };
    const settings = await ensureNix({ source, needed, programs: [], env, install, signal });
    if (Object.keys(settings).length > 0) await useNix(settings);
  }

  return (message) => {
    const needed = neededBy(message);
    if (!needed || isAtWork) return;
    isAtWork = true;
    void bring(needed)
      .catch((error: unknown) => {
        if (!signal.aborted) log(error instanceof Error ? error.message : String(error));
      })
      .finally(() => (isAtWork = false));
  };
}

function neededBy(message: unknown): NixVersion | undefined {
  const text = isJsonObject(message) ? message["needsNix"] : undefined;
  return typeof text === "string" ? parseNixVersion(text) : undefined;
}
