import { isJsonObject } from "../protocol/json-object.ts";
import { runScript } from "./script.ts";
import { type BenchContext, median, megabytes } from "./starter.ts";

const IMAGE = "shell/git/htop";
const OVERLAPPING = "shell/git/htop/jq";
const LARGE = "python3/ffmpeg";
/** This image has more large paths than layers. So one more package moves some paths into other layers. */
const LARGE_OVERLAPPING = "python3/ffmpeg/vim";
const ROUNDS = 3;

/** Images of one or more packages, which share some of their paths. */
const AT_ONCE = (
  "git htop jq curl vim python3 perl ruby sqlite redis nginx tmux rsync tree " +
  "shell/git shell/htop shell/jq git/curl python3/git perl/vim"
).split(" ");

interface BuildsResult {
  readonly peakBytes: number;
  readonly calls: readonly { readonly seconds: number; readonly log: readonly string[] }[];
}

/** Whole builds into an empty disk store. The closures are already realised, so the times are Cornice's own. */
export async function benchBuilds(context: BenchContext): Promise<void> {
  const { prepare, print } = context;
  for (const name of [...AT_ONCE, IMAGE, OVERLAPPING, LARGE, LARGE_OVERLAPPING]) await prepare(name);
  print(`Cold builds, closure realised, into an empty disk store; medians of ${ROUNDS}`);
  const pairs = await repeat(() => runBuilds(context, [[IMAGE], [OVERLAPPING]]));
  printCall(
    print,
    IMAGE,
    pairs.map(({ calls }) => calls[0]),
  );
  printCall(
    print,
    `${OVERLAPPING}, after it`,
    pairs.map(({ calls }) => calls[1]),
  );
  const large = await repeat(() => runBuilds(context, [[LARGE], [LARGE_OVERLAPPING]]));
  printCall(
    print,
    LARGE,
    large.map(({ calls }) => calls[0]),
  );
  printCall(
    print,
    `${LARGE_OVERLAPPING}, after it`,
    large.map(({ calls }) => calls[1]),
  );
  const withoutKept = { ...context, settings: { ...context.settings, CORNICE_KEPT_MIB: "0" } };
  const afresh = await repeat(() => runBuilds(withoutKept, [[LARGE], [LARGE_OVERLAPPING]]));
  printCall(
    print,
    `${LARGE_OVERLAPPING}, after it, with no layers kept`,
    afresh.map(({ calls }) => calls[1]),
  );
  const { peakBytes, calls } = await runBuilds(context, [AT_ONCE]);
  print(`  ${AT_ONCE.length} images at once: ${calls[0]?.seconds.toFixed(2)} s, peak memory ${megabytes(peakBytes)}`);
}

async function repeat<T>(run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < ROUNDS; round++) results.push(await run());
  return results;
}

function printCall(
  print: (line: string) => void,
  name: string,
  runs: readonly (BuildsResult["calls"][number] | undefined)[],
) {
  const known = runs.filter((run) => run !== undefined);
  const middle = median(known.map(({ seconds }) => seconds));
  print(`  ${name}: ${middle.toFixed(2)} s`);
  for (const line of known.find(({ seconds }) => seconds === middle)?.log ?? []) print(`    ${line}`);
}

function runBuilds(
  { directory, settings }: BenchContext,
  calls: readonly (readonly string[])[],
): Promise<BuildsResult> {
  const args = (folder: string) => [JSON.stringify(settings), folder, JSON.stringify(calls)];
  return runScript("run-builds.ts", directory, args, isBuildsResult);
}

/** The script belongs to the same release, so this checks only the outline. */
function isBuildsResult(value: unknown): value is BuildsResult {
  return isJsonObject(value) && typeof value["peakBytes"] === "number" && Array.isArray(value["calls"]);
}
