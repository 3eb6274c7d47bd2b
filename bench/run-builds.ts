import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createBuilder } from "../origin/service/builder.ts";
import { createBuildLog } from "../origin/builds/build-log.ts";
import { parseBuilderConfig } from "../origin/service/config.ts";
import { hostArchitecture } from "../origin/nix/system.ts";
import { createDiskStore } from "../origin/stores/disk-store.ts";
import { type JsonObject, jsonMembers, parseJson, parseJsonObject } from "../protocol/json-object.ts";
import { parseImageName } from "../protocol/image-name.ts";

const THREADS_START_MS = 1000;

/**
 * A separate process that builds images into a disk store. Arguments: SETTINGS DIRECTORY CALLS. CALLS is a JSON list of
 * lists of names. The names of one list are built at once, and the lists one after the other. Prints
 * `{ peakBytes, calls: [{ seconds, log }] }`.
 */
const [settingsText = "", directory = "", callsText = ""] = process.argv.slice(2);
const settings = parseSettings(parseJsonObject(settingsText) ?? {});
const calls = jsonMembers(parseJson(callsText)).map((names) => jsonMembers(names).map(String));
// An empty spool folder, so that layers of earlier runs save no work.
const folders = { CORNICE_SPOOL_DIR: join(directory, "spool") };
const config = parseBuilderConfig({ ...process.env, ...settings, ...folders }, availableParallelism());
const store = createDiskStore(join(directory, "store"));
const builder = await createBuilder({ config, env: process.env, store, index: { put: async () => {} } });
// Waits for the threads. In an origin they already run when a build begins.
await setTimeout(THREADS_START_MS);

function parseSettings(values: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

async function build(name: string): Promise<string[]> {
  const lines: string[] = [];
  const log = createBuildLog(
    () => {},
    (line) => lines.push(line),
    Date.now,
  );
  const { packages } = parseImageName(name, config.maxPackages);
  await builder.build({ source: "starter", tag: "latest", architecture: hostArchitecture(), packages }, log.onEvent);
  return [log.summary(), ...lines.filter((line) => line.includes("layers packed"))];
}

const results: { readonly seconds: number; readonly log: readonly string[] }[] = [];
for (const names of calls) {
  const started = performance.now();
  const logs = await Promise.all(names.map(build));
  results.push({ seconds: (performance.now() - started) / 1000, log: logs.flat() });
}
// Linux counts in KiB: https://nodejs.org/api/process.html#processresourceusage
console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024, calls: results }));
await builder.close(new Error("all are built"));
