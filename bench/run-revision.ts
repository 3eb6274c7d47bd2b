import { availableParallelism } from "node:os";
import { join } from "node:path";
import { hostArchitecture } from "../origin/nix/system.ts";
import { createBuilder } from "../origin/service/builder.ts";
import { parseBuilderConfig } from "../origin/service/config.ts";
import { createDiskStore } from "../origin/stores/disk-store.ts";
import { type JsonObject, jsonMembers, parseJson, parseJsonObject } from "../protocol/json-object.ts";

/**
 * A separate process that takes a channel's latest revision, and builds one image for each name, all at once. It ends when
 * all of them have come to a phase. Arguments: SETTINGS FOLDER NAMES PHASE. Prints `{ seconds, realising }`: the time
 * until then, and the part of it since an image was evaluated.
 */
const [settingsText = "", directory = "", namesText = "", last = ""] = process.argv.slice(2);
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

let evaluatedAt = 0;

/** Resolves when the image comes to its last phase. Rejects if the build ends before that. */
function built(name: string): Promise<void> {
  const packages = name.split("/").toSorted();
  const request = { source: "channel", tag: "latest", architecture: hostArchitecture(), packages };
  return new Promise((resolve, reject) => {
    const build = builder.build(request, (event) => {
      if (event.event !== "phase") return;
      if (event.phase === "realise") evaluatedAt = performance.now();
      if (event.phase === last) resolve();
    });
    build.catch(reject);
  });
}

const started = performance.now();
await Promise.all(jsonMembers(parseJson(namesText)).map((name) => built(String(name))));
const ended = performance.now();
console.log(JSON.stringify({ seconds: (ended - started) / 1000, realising: (ended - evaluatedAt) / 1000 }));
await builder.close(new Error("all have come to their phase"));
process.exit();
