import type { CommandContext } from "../../cli/build-command.ts";
import { parseFsck } from "../../cli/fsck-arguments.ts";
import { runFsck } from "../../cli/fsck-command.ts";
import { parseGc } from "../../cli/gc-arguments.ts";
import { runGc } from "../../cli/gc-command.ts";
import { plainProgress } from "../../cli/progress.ts";
import { pricePerMillion } from "../../origin/stores/store-prices.ts";

const MILLION = 1e6;
/** The units in which Node.js tells what a process took: https://nodejs.org/api/process.html#processresourceusage */
const [MICROSECONDS, KIB] = [1e6, 1024];

const [command, ...args] = process.argv.slice(2);
const context: CommandContext = {
  env: process.env,
  progress: plainProgress(() => {}),
  signal: new AbortController().signal,
};
const began = performance.now();
const lines = command === "gc" ? await collect() : await check();
const seconds = (performance.now() - began) / 1000;
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / MICROSECONDS;
const peak = ((maxRSS * KIB) / MILLION).toFixed(0);
for (const line of lines) console.log(`  ${line}`);
console.log(`  ${seconds.toFixed(1)} s; the command: ${cpuSeconds.toFixed(1)} s of a processor, peak ${peak} MB`);

async function collect(): Promise<readonly string[]> {
  const { removed, operations } = await runGc(parseGc(args), context);
  const all = Object.values(removed).reduce((sum, { objects }) => sum + objects, 0);
  const { r2Reads, r2Writes, kvReads, kvWrites } = operations;
  const dollars = pricePerMillion(operations) / MILLION;
  return [
    `removed ${all} objects`,
    `R2: ${r2Reads} reads, ${r2Writes} lists and puts; KV: ${kvReads} reads, ${kvWrites} removals and lists; ${dollars.toFixed(3)} dollars`,
  ];
}

async function check(): Promise<readonly string[]> {
  const { bytesRead, counts, findings, seconds: taken } = await runFsck(parseFsck(args), context);
  const objects = [...counts.objects.values()].reduce((sum, count) => sum + count, 0);
  const megabytes = bytesRead / MILLION;
  const rate = ((objects + counts.entries) / taken).toFixed(0);
  return [
    `checked ${objects} objects and ${counts.entries} entries of KV, ${rate} a second; ${findings.length} findings`,
    `read ${megabytes.toFixed(0)} MB, ${(megabytes / taken).toFixed(1)} MB a second`,
  ];
}
