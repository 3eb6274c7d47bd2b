import { setTimeout } from "node:timers/promises";
import { processText, readProcesses } from "../processes.ts";
import { peakOf, type ProcessStat, treeOf } from "./process-stat.ts";

/** The processes of the product. The edge is workerd and the process that starts it. */
export type Role = "origin" | "edge";

export interface RoleUsage {
  readonly cpuSeconds: number;
  /** The peak memory of the largest process. */
  readonly peakBytes: number;
}

export type Usage = Readonly<Record<Role, RoleUsage>>;

const SCRIPTS: Readonly<Record<Role, string>> = { origin: "origin/service/main.ts", edge: "start/edge.ts" };

/** What the product's processes have used since their start. `root`: the process of `npm start`. */
export async function readUsage(root: number): Promise<Usage> {
  const all = await readProcesses();
  const product = treeOf(root, all);
  return { origin: await roleUsage("origin", product), edge: await roleUsage("edge", product) };
}

async function roleUsage(role: Role, product: readonly ProcessStat[]): Promise<RoleUsage> {
  for (const { pid } of product) {
    const words = (await processText(pid, "cmdline")).split("\0");
    if (!words.some((word) => word.endsWith(SCRIPTS[role]))) continue;
    const tree = treeOf(pid, product);
    const peaks = await Promise.all(tree.map(async (member) => peakOf(await processText(member.pid, "status"))));
    return { cpuSeconds: tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0), peakBytes: Math.max(...peaks) };
  }
  throw new Error(`no process runs ${SCRIPTS[role]}`);
}

export function cpuSum({ origin, edge }: Usage): number {
  return origin.cpuSeconds + edge.cpuSeconds;
}

const POLL_MS = 250;
/** Less CPU time than this in a poll is idleness: timers and garbage collection. */
const IDLE_S = 0.03;
/** A request over a slow connection may keep everything waiting for longer than one poll. */
const IDLE_POLLS = 4;
const LONGEST_WAIT_MS = 60_000;

/** Waits until the processes rest. Some work, such as uploads, may go on after the answer. */
export async function usageAtRest(root: number, longestWaitMs = LONGEST_WAIT_MS): Promise<Usage> {
  const deadline = performance.now() + longestWaitMs;
  let last = await readUsage(root);
  for (let idle = 0; idle < IDLE_POLLS && performance.now() < deadline;) {
    await setTimeout(POLL_MS);
    const now = await readUsage(root);
    idle = cpuSum(now) - cpuSum(last) < IDLE_S ? idle + 1 : 0;
    last = now;
  }
  return last;
}
