import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { StoreCollection } from "../../origin/disks/bound-store.ts";
import { nixEnvironment } from "../../origin/nix/environment.ts";
import { openStoreBound } from "../../origin/service/open-store-bound.ts";
import { isThere } from "../../origin/system/path-exists.ts";
import { parseJson } from "../../protocol/json-object.ts";
import { isPullOptions, pullFromSource, testIsolation } from "./source-pull.ts";

/**
 * Fills a store of its own with three closures and garbage, and bounds its size. Arguments: WORK PULL, where the set of the
 * pull has the packages `garbage`, `old`, `used` and `building`. Prints what is there after each limit, and the log.
 */
const [work = "", json = ""] = process.argv.slice(2);
const pull = parseJson(json);
if (!isPullOptions(pull)) throw new Error(`this is no pull: ${json}`);

const MB = 1_000_000;
/** The sizes are those of `garbage-collection.test.ts`. */
const LIMITS = [14 * MB, 9 * MB, MB];

process.env["TMPDIR"] = work;
await using isolation = testIsolation(nixEnvironment({ PATH: process.env["PATH"] ?? "", HOME: work }));
const paths = new Map<string, string>();
const lines: string[] = [];

/** Builds a package. While its link is there, its build is under way. */
const build = async (name: string) => {
  await mkdir(join(work, name));
  const { packages } = await pullFromSource({ ...pull, name, isolation, directory: join(work, name) });
  const path = packages[0]?.path ?? "";
  paths.set(name, path);
  return { path, end: () => rm(join(work, name), { recursive: true }) };
};

/** Opens the bound, waits for its first look at the store, and does the work. */
async function withBound(
  maxNixStoreBytes: number,
  use: (keep: (roots: readonly string[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const looked = Promise.withResolvers<StoreCollection>();
  const listener = {
    onCollected: looked.resolve,
    onLine: (line: string) => void lines.push(line),
    onFailure: looked.reject,
  };
  const config = { maxNixStoreBytes, spoolDirectory: join(work, "spool") };
  const bound = openStoreBound({ config, isolation, listener, signal: stop.signal });
  await looked.promise;
  if (bound) await use((roots) => bound.keepClosure(roots));
  stop.abort();
  await bound?.collector?.ended;
}

async function left(): Promise<string[]> {
  const there = await Promise.all([...paths].map(async ([name, path]) => ((await isThere(path)) ? [name] : [])));
  return there.flat();
}

await withBound(Number.MAX_SAFE_INTEGER, async (keep) => {
  await (await build("garbage")).end();
  const [used, old, building] = [await build("used"), await build("old"), await build("building")];
  for (const { path } of [used, old, building, used]) await keep([path]);
  await Promise.all([used.end(), old.end()]);
});
const steps: string[][] = [];
for (const limit of LIMITS) {
  await withBound(limit, async () => {});
  steps.push(await left());
}
console.log(JSON.stringify({ steps, lines }));
