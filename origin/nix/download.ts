import { CommandError } from "../system/command.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { shownAddress } from "../caches/shown-address.ts";
import { cacheOutage, CacheOutage } from "./cache-outage.ts";
import { CacheFailed, type DownloadOptions, type Round, withoutFailing } from "./cache-round.ts";
import { createPlanReader, type DownloadPlan } from "./download-plan.ts";
import { adviceForFault, NixFault } from "./nix-fault.ts";
import { refuseBuilds } from "./refuse-builds.ts";
import { signersOf } from "./signers.ts";

/** Nix 2.8 counts a download as a job. Newer versions have a limit of their own, and this default. */
const MAX_DOWNLOADS = 16;
/** Linux allows 2 MB of arguments for one call. A store path has up to 255 bytes. */
const MAX_PATHS_A_CALL = 4000;
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

/** Nix asks all caches for all paths at once. */
async function makePlan(round: Round, words: readonly string[]): Promise<DownloadPlan> {
  try {
    return await withoutFailing(round, async (run) => {
      const reader = createPlanReader();
      await run(["--realise", "--dry-run"], words, (event) => reader.read(event));
      return reader.plan;
    });
  } catch (error) {
    throw await failureOf(round, "Nix cannot find out what binary caches have", error);
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
    throw await failureOf(round, "a download failed", error);
  }
}

/** No package is to blame: here, Nix only asks and downloads. */
async function failureOf(round: Round, what: string, error: unknown): Promise<unknown> {
  const { faults, errors } = round;
  if (!(error instanceof CommandError || error instanceof CacheFailed)) return error;
  const reason = errors.at(-1) ?? error.message;
  const cause = new CommandError(`${error.message}: ${reason}`, { cause: error });
  const advice = adviceForFault(reason);
  if (advice !== undefined) return new NixFault(advice, cause);
  return faults.length > 0
    ? cacheOutage(what, await Promise.all(faults.map((fault) => withSigners(round, fault))), cause)
    : new CacheOutage(`${what}; the origin's log says why`, cause);
}

/** Adds who signed the path, if its signature is the fault. */
async function withSigners({ caches, isolation, signal }: Round, fault: CacheFault): Promise<CacheFault> {
  const cache = caches.find((each) => shownAddress(each) === fault.cache);
  if (fault.path === undefined || cache === undefined) return fault;
  return { ...fault, words: `${fault.words}${await signersOf(fault.path, cache, isolation, signal)}` };
}
