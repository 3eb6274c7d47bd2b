import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseImageName } from "../../protocol/image-name.ts";
import { readImageClosure } from "../packed.ts";
import { openCachedOrigin } from "./cached-origin.ts";
import { watchFolder } from "./watch-folder.ts";

const THREADS_START_MS = 1000;
const MAX_PACKAGES = 255;

/**
 * A separate process that makes one image from a binary cache, without Nix. Arguments: SETTINGS DIRECTORY NAME CLOSURE.
 * CLOSURE is the file with the image's packages. Prints a `CachedRun` as JSON.
 */
const [settings = "", directory = "", name = "", closureFile = ""] = process.argv.slice(2);
const { packages: found } = await readImageClosure(closureFile);
const { builder, build } = await openCachedOrigin(directory, settings, found);
const { packages } = parseImageName(name, MAX_PACKAGES);
// Waits for the threads. In an origin they already run when a build begins.
await setTimeout(THREADS_START_MS);

const disk = watchFolder(join(directory, "spool"));
const before = { written: await writtenBytes(), cpu: process.cpuUsage() };
const started = performance.now();
await build(packages);
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
