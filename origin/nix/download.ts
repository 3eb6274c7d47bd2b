import { OciError } from "../../protocol/oci-error.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import { derivationName } from "./build-failure.ts";
import { type CacheFault, createCacheFaults, shownAddress } from "./cache-faults.ts";
import { cacheOutage, CacheOutage } from "./cache-outage.ts";
import { createPlanReader, type DownloadPlan } from "./download-plan.ts";
import { adviceForFault, NixFault } from "./nix-fault.ts";
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

/** The level of Nix's errors. */
const ERROR = 0;

/** The caches of one download. A cache that fails as a whole is not asked again. */
interface Round extends DownloadOptions {
  readonly caches: readonly string[];
  readonly faults: CacheFault[];
  /** The last error of Nix, if there was one. */
  readonly errors: string[];
}

/** Nix 2.8 counts a download as a job. Newer versions have a limit of their own, and this default. */
const MAX_DOWNLOADS = 16;
/** Linux allows 2 MB of arguments for one call. A store path has up to 255 bytes. */
const MAX_PATHS_A_CALL = 4000;
const JSON_LOG = ["--log-format", "internal-json"] as const;

/** A cache has failed as a whole, so Nix must begin again without it. */
class CacheFailed extends Error {}

/**
 * Nix's own record of what caches have. If several processes begin it at once, one of them removes the entry that another
 * one refers to.
 */
const RECORD_CONFLICT = /binary-cache-v\d+\.sqlite/;
const MAX_CONFLICTS = 3;

/**
 * Downloads everything that a binary cache has of some installables. Compiles nothing. Returns the derivations that are
 * left to build: every cache has answered that it does not have them. Throws `CacheOutage` if a cache fails, and no other
 * cache makes up for it, and `MANIFEST_UNKNOWN` if Nix may not build what is left.
 */
export async function download(
  words: readonly string[],
  caches: readonly string[],
  options: DownloadOptions,
): Promise<readonly string[]> {
  const round: Round = { ...options, caches, faults: [], errors: [] };
  const plan = await makePlan(round, words);
  if (round.faults.length > 0 || !options.mayBuild) await refuseBuilds(round, plan.build);
  for (let start = 0; start < plan.download.length; start += MAX_PATHS_A_CALL)
    await fetchPaths(round, plan.download.slice(start, start + MAX_PATHS_A_CALL), start);
  return plan.build;
}

/** Throws if a cache could have the outputs of the derivations. */
async function refuseBuilds(round: Round, derivations: readonly string[]): Promise<void> {
  const cacheable: string[] = [];
  for (const path of derivations) if (await isCacheable(round, path)) cacheable.push(path);
  if (cacheable.length === 0) return;
  const names = listed(cacheable.map(derivationName));
  if (round.faults.length > 0) throw cacheOutage(`${names} cannot be downloaded`, round.faults);
  throw new OciError(
    "MANIFEST_UNKNOWN",
    `no binary cache has ${names}, and this registry does not build packages itself`,
  );
}

/** Nix builds a derivation with `allowSubstitutes = false` itself, whatever caches have. */
async function isCacheable({ isolation, signal }: Round, derivation: string): Promise<boolean> {
  const query = await isolation.own("nix-store", ["--query", "--binding", "allowSubstitutes", derivation]);
  const value = await runNix(query, signal).catch((error: unknown) => {
    if (error instanceof CommandError) return ["1"];
    throw error;
  });
  return value.join("") !== "";
}

/** Nix asks all caches for all paths at once. */
async function makePlan(round: Round, words: readonly string[]): Promise<DownloadPlan> {
  try {
    return await withoutFailing(round, async (run) => {
      const reader = createPlanReader();
      await run(["--realise", "--dry-run"], words, (event) => reader.read(event));
      return reader.plan;
    });
  } catch (error) {
    throw failureOf(round, "Nix cannot find out what binary caches have", error);
  }
}

/** Without their derivations, Nix can only download store paths, and not build them. */
async function fetchPaths(round: Round, paths: readonly string[], number: number): Promise<void> {
  const flags = [
    "--realise",
    "--keep-going",
    "--max-jobs",
    String(MAX_DOWNLOADS),
    "--option",
    "print-missing",
    "false",
  ];
  try {
    await withoutFailing(round, (run) => run([...flags, "--add-root", `${round.gcRoot}-${number}`], paths, () => {}));
  } catch (error) {
    throw failureOf(round, "a download failed", error);
  }
}

/** No package is to blame: here, Nix only asks and downloads. */
function failureOf({ faults, errors }: Round, what: string, error: unknown): unknown {
  if (!(error instanceof CommandError || error instanceof CacheFailed)) return error;
  const reason = errors.at(-1) ?? error.message;
  const cause = new CommandError(`${error.message}: ${reason}`, { cause: error });
  const advice = adviceForFault(reason);
  if (advice !== undefined) return new NixFault(advice, cause);
  return faults.length > 0
    ? cacheOutage(what, faults, cause)
    : new CacheOutage(`${what}; the origin's log says why`, cause);
}

type RunStore = (
  flags: readonly string[],
  paths: readonly string[],
  onEvent: (event: NixEvent) => void,
) => Promise<string[]>;

/**
 * Runs `nix-store` again without a cache that has failed as a whole. Nix 2.8 ends at such a cache, and newer versions ask
 * it for each path.
 */
async function withoutFailing<T>(round: Round, work: (run: RunStore) => Promise<T>): Promise<T> {
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

/** Names that a message lists; the others are counted. */
const MAX_NAMED = 3;

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
