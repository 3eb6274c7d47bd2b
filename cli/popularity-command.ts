import { readFile, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { withIsolation } from "../origin/service/builder-isolation.ts";
import { type IndexConfig, parseIndexConfig } from "../origin/service/config.ts";
import { nixEnvironment } from "../origin/nix/environment.ts";
import type { Isolation } from "../origin/isolation/isolation.ts";
import { nixSystem } from "../image/names/nix-system.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import { listPackages } from "../origin/package-index/list-packages.ts";
import { describeSource } from "../origin/sources/package-source.ts";
import type { ResolvedSource } from "../origin/nix/resolved-source.ts";
import { createTagResolver } from "../origin/sources/sources.ts";
import { createShareCounter, type ShareCounter } from "../popularity/package-shares.ts";
import { realiseClosures } from "../popularity/source-closures.ts";
import { starterClosures } from "../popularity/starter-closures.ts";
import { STARTER_SOURCE } from "../protocol/source-offer.ts";
import { DEFAULT_TAG } from "../protocol/tag.ts";
import type { PopularityCall } from "./arguments.ts";
import type { CommandContext } from "./build-command.ts";
import { withCache } from "./cache.ts";
import { CliError } from "./cli-error.ts";
import { localSource } from "./local-source.ts";
import { chosenPackages } from "./chosen-packages.ts";
import { popularitySource } from "./popularity-source.ts";
import { checkTextOutput, writeTextOutput } from "./text-output.ts";

/** The result of `cornice popularity`. */
export interface PopularityResult extends CountedSource {
  /** How many packages are in any closure. */
  readonly packages: number;
  /** How many closures were counted. */
  readonly attributes: number;
  /** How many attributes are left out. */
  readonly failures: number;
  /** Where the file is: a path, or -. */
  readonly place: string;
}

interface CountedSource {
  readonly source: string;
  /** Undefined if it is not known. */
  readonly revision: string | undefined;
}

/** Also removes an ending such as "; its last lines:", which announces further lines. */
function firstLine(text: string): string {
  const [line = ""] = text.split("\n", 1);
  return line.replace(/; [^;]*:$/, "");
}

interface Counting {
  readonly context: CommandContext;
  /** In lower case. If undefined, all packages of the set. */
  readonly names: readonly string[] | undefined;
  readonly counter: ShareCounter;
  readonly onFailure: (attribute: string, reason: string) => void;
}

/** `cornice popularity`: for each package of a package set, the share of attributes whose closure contains it. */
export async function runPopularity(call: PopularityCall, context: CommandContext): Promise<PopularityResult> {
  const { output, cache } = call;
  const { progress, signal } = context;
  await checkTextOutput(output);
  const names = call.packages && (await chosenPackages(call.packages));
  const counter = createShareCounter();
  let failures = 0;
  const onFailure = (attribute: string, reason: string) => {
    failures += 1;
    progress.note(`${attribute} is left out: ${firstLine(reason)}`);
  };
  const counted = await withCache(context.env, cache, (directory) =>
    countAny(call, { context, names, counter, onFailure }, directory),
  );
  if (counter.closures === 0) throw new CliError(`${counted.source} has no package to count`);
  progress.phase("write");
  const packages = counter.shares();
  await writeTextOutput(output, `${JSON.stringify({ packages }, undefined, 2)}\n`, signal);
  const place = output.kind === "stdout" ? "-" : output.path;
  return { ...counted, packages: Object.keys(packages).length, attributes: counter.closures, failures, place };
}

async function countAny(
  { source: text }: PopularityCall,
  counting: Counting,
  directory: string,
): Promise<CountedSource> {
  const { context } = counting;
  const source = popularitySource(text, context.env);
  if (source.kind === "starter-index") return countStarter(counting, source.path);
  context.progress.phase("prepare");
  const { settings, starterSet } = await localSource({ ...context, env: source.env, directory });
  if (starterSet !== undefined) return countStarter(counting, starterSet, settings["CORNICE_SOURCE_REVISION"]);
  const config = parseIndexConfig(settings, availableParallelism());
  return withIsolation(config, context.env, (isolation) => countSource({ ...counting, isolation }, config, directory));
}

/** The index of the starter set has the closures, so nothing is built. */
async function countStarter(
  { names, counter, onFailure }: Counting,
  path: string,
  revision?: string,
): Promise<CountedSource> {
  const closures = starterClosures(await readStarterIndex(path));
  if (!closures) throw new CliError(`${path} is not a starter set's index`);
  for (const name of names ?? closures.keys()) {
    const closure = closures.get(name);
    if (closure) counter.add(closure);
    else onFailure(name, `no such package: ${name}`);
  }
  return { source: STARTER_SOURCE, revision };
}

async function readStarterIndex(path: string): Promise<string> {
  try {
    return await readFile((await stat(path)).isDirectory() ? join(path, "index.json") : path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const forms = "other sources: starter, channel:…, git:…, flake:…, path:…";
    throw new CliError(`cannot read ${path} as the folder of a starter set (${forms}): ${reason}`, { cause });
  }
}

interface SourceCounting extends Counting {
  readonly isolation: Isolation;
}

async function countSource(counting: SourceCounting, config: IndexConfig, directory: string): Promise<CountedSource> {
  const { signal, progress } = counting.context;
  const { isolation } = counting;
  const env = nixEnvironment(counting.context.env);
  const { source, sourceAccess: access, sourceUrls: urls, nix } = config;
  progress.phase("resolve");
  const latest = await createTagResolver({ source, access, urls, env, isolation, signal, now: Date.now })(DEFAULT_TAG);
  const resolved = await latest.fetch();
  const names = counting.names ?? (await listNames(counting, config, resolved));
  progress.phase("realise");
  let done = 0;
  const step = () => progress.step({ done: done++, total: names.length, unit: "attributes" });
  step();
  await realiseClosures({
    names,
    source: resolved,
    architecture: hostArchitecture(),
    nix,
    isolation,
    directory,
    signal,
    onEvent(event) {
      if (event.event === "log") progress.log(event.line);
    },
    onClosure(packages) {
      counting.counter.add(packages);
      step();
    },
    onFailure(name, reason) {
      counting.onFailure(name, reason);
      step();
    },
  });
  return { source: describeSource(source), revision: latest.revision };
}

async function listNames(
  { context: { progress, signal }, isolation, onFailure }: SourceCounting,
  { nix, limits }: IndexConfig,
  source: ResolvedSource,
): Promise<string[]> {
  progress.phase("evaluate");
  const onProgress = (seen: number, total: number) =>
    progress.step({ done: Math.min(seen, total), total, unit: "attributes" });
  const system = nixSystem(hostArchitecture());
  const walk = { source, system, nix, limits, isolation, hasOutcomes: false };
  const { packages } = await listPackages({ ...walk, signal, onProgress, onFailure });
  return packages.map(([name]) => name);
}
