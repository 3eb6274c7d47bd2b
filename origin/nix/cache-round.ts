import type { Isolation } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { shownAddress } from "../caches/shown-address.ts";
import { createCacheFaults } from "./cache-faults.ts";
import { type NixEvent, parseNixEvent } from "./nix-event.ts";
import { runNix } from "./run-nix.ts";

export interface DownloadOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /** The path of a link, and the beginning of further ones. Nix makes a link for each downloaded path. */
  readonly gcRoot: string;
  /** Whether Nix may build what no cache has. */
  readonly mayBuild: boolean;
  /** Gets Nix's log. */
  readonly onEvent: (event: NixEvent) => void;
  /** Gets each fault of a binary cache, also if another cache makes up for it. */
  readonly onFault: (fault: CacheFault) => void;
}

/** The caches of one download. A cache that fails as a whole is not asked again. */
export interface Round extends DownloadOptions {
  readonly caches: readonly string[];
  readonly faults: CacheFault[];
  /** The last error of Nix, if there was one. */
  readonly errors: string[];
}

/** The level of Nix's errors. */
const ERROR = 0;

const JSON_LOG = ["--log-format", "internal-json"] as const;

/** A cache has failed as a whole, so Nix must begin again without it. */
export class CacheFailed extends Error {}

/**
 * Nix's own record of what caches have. If several processes begin it at once, one of them removes the entry that another
 * one refers to.
 */
const RECORD_CONFLICT = /binary-cache-v\d+\.sqlite/;
const MAX_CONFLICTS = 3;

type RunStore = (
  flags: readonly string[],
  paths: readonly string[],
  onEvent: (event: NixEvent) => void,
) => Promise<string[]>;

/**
 * Runs `nix-store` again without a cache that has failed as a whole. Nix 2.8 ends at such a cache, and newer versions ask
 * it for each path.
 */
export async function withoutFailing<T>(round: Round, work: (run: RunStore) => Promise<T>): Promise<T> {
  for (let conflicts = 0; ;) {
    const usable = usableCaches(round);
    try {
      return await work((flags, paths, onEvent) =>
        runStore(round, usable, [...flags, ...JSON_LOG, "--", ...paths], onEvent),
      );
    } catch (error) {
      const hasLess = usableCaches(round).length < usable.length;
      const isConflict = RECORD_CONFLICT.test(round.errors.at(-1) ?? "") && conflicts++ < MAX_CONFLICTS;
      if (!(error instanceof CommandError || error instanceof CacheFailed) || !(hasLess || isConflict)) throw error;
    }
  }
}

function usableCaches({ caches, faults }: Round): string[] {
  const failed = new Set(faults.filter(({ isWhole }) => isWhole).map(({ cache }) => cache));
  return caches.filter((cache) => !failed.has(shownAddress(cache)));
}

async function runStore(
  { isolation, caches, faults, errors, signal, onEvent: onAnyEvent, onFault }: Round,
  usable: readonly string[],
  args: readonly string[],
  onEvent: (event: NixEvent) => void,
): Promise<string[]> {
  const reader = createCacheFaults(usable);
  const stop = new AbortController();
  const less = usable.length < caches.length ? ["--option", "substituters", usable.join(" ")] : [];
  return runNix(
    await isolation.own("nix-store", [...less, ...args]),
    AbortSignal.any([signal, stop.signal]),
    (line) => {
      const event = parseNixEvent(line);
      if (!event) return;
      onAnyEvent(event);
      onEvent(event);
      if (event.kind === "text" && event.level === ERROR) errors.splice(0, 1, event.lines.join("\n"));
      const fault = reader.read(event);
      if (!fault) return;
      faults.push(fault);
      onFault(fault);
      if (fault.isWhole) stop.abort(new CacheFailed());
    },
  );
}
