import { availableParallelism } from "node:os";
import { join } from "node:path";
import { hostArchitecture } from "../origin/nix/system.ts";
import { createBuilder } from "../origin/service/builder.ts";
import { parseBuilderConfig } from "../origin/service/config.ts";
import { createDiskStore } from "../origin/stores/disk-store.ts";
import { type JsonObject, jsonMembers, parseJson, parseJsonObject } from "../protocol/json-object.ts";

/**
 * A separate process that takes a channel's latest revision, and evaluates one package for each name, all at once.
 * Arguments: SETTINGS FOLDER NAMES. Prints `{ seconds }`: the time until the last derivation is evaluated.
 */
const [settingsText = "", directory = "", namesText = ""] = process.argv.slice(2);
const folders = {
  CORNICE_SPOOL_DIR: join(directory, "spool"),
  CORNICE_SOURCES_DIR: join(directory, "sources"),
  TMPDIR: directory,
  HOME: directory,
};
const env = { ...process.env, ...texts(parseJsonObject(settingsText) ?? {}), ...folders };
const config = parseBuilderConfig(env, availableParallelism());
const store = createDiskStore(join(directory, "store"));
const builder = await createBuilder({ config, env, store, index: { put: async () => {} } });
// The first command of Nix starts the daemon. In an origin, it already runs when a build begins.
await builder.isolation.report();

function texts(values: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** Resolves when the package is evaluated. Rejects if the build ends before that. */
function evaluated(name: string): Promise<void> {
  const request = { source: "channel", tag: "latest", architecture: hostArchitecture(), packages: [name] };
  return new Promise((resolve, reject) => {
    const build = builder.build(request, (event) => {
      if (event.event === "phase" && event.phase === "realise") resolve();
    });
    build.catch(reject);
  });
}

const started = performance.now();
await Promise.all(jsonMembers(parseJson(namesText)).map((name) => evaluated(String(name))));
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000 }));
await builder.close(new Error("all are evaluated"));
process.exit();
