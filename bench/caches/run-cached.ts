import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createNameIndex } from "../../origin/index/indexed-names.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { createBuilder } from "../../origin/service/builder.ts";
import { parseBuilderConfig } from "../../origin/service/config.ts";
import { describeSource } from "../../origin/sources/package-source.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { parseImageName } from "../../protocol/image-name.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { readImageClosure } from "../packed.ts";
import { watchFolder } from "./watch-folder.ts";

const THREADS_START_MS = 1000;

/**
 * A separate process that makes one image from a binary cache, without Nix. Arguments: SETTINGS DIRECTORY NAME CLOSURE.
 * CLOSURE is the file with the image's packages. Prints a `CachedRun` as JSON.
 */
const [settingsText = "", directory = "", name = "", closureFile = ""] = process.argv.slice(2);
const values = Object.entries(parseJsonObject(settingsText) ?? {});
const settings = Object.fromEntries(values.map(([key, value]) => [key, String(value)]));
// Without PATH, there is no Nix.
const env = { ...settings, PATH: "", CORNICE_SPOOL_DIR: join(directory, "spool"), CORNICE_KEPT_MIB: "0" };
const config = parseBuilderConfig(env, availableParallelism());
const store = createDiskStore(join(directory, "store"));
const builder = await createBuilder({ config, env, store, index: { put: async () => {} } });
const { packages } = parseImageName(name, config.maxPackages);
const request = { source: "starter", tag: "latest", architecture: hostArchitecture(), packages };
const { packages: found } = await readImageClosure(closureFile);
const revision = { revision: settings["CORNICE_SOURCE_REVISION"] ?? "", isExact: true };
await createNameIndex(store, {
  ...config,
  source: describeSource(config.source),
  restrictsPath: config.sourceAccess.restrictsPath,
}).note(request, revision, { found });
// Waits for the threads. In an origin they already run when a build begins.
await setTimeout(THREADS_START_MS);

const disk = watchFolder(join(directory, "spool"));
const before = { written: await writtenBytes(), cpu: process.cpuUsage() };
const started = performance.now();
await builder.build(request, () => {});
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before.cpu);
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    // Linux counts in KiB: https://nodejs.org/api/process.html#processresourceusage
    peakBytes: process.resourceUsage().maxRSS * 1024,
    writtenBytes: (await writtenBytes()) - before.written,
    spoolBytes: disk.peak(),
  }),
);
await builder.close(new Error("it is built"));

/** Bytes that this process has written to disks: https://docs.kernel.org/filesystems/proc.html */
async function writtenBytes(): Promise<number> {
  return Number(/^write_bytes: (\d+)$/m.exec(await readFile("/proc/self/io", "utf8"))?.[1]);
}
