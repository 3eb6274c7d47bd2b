import { manifestOf, type Registries } from "./registries.ts";
import type { TalkativeOrigin } from "./talkative-origin.ts";
import { type Load, medianLoad } from "./wrk.ts";

const ROUNDS = 5;

/** What a warm manifest takes while another image's build streams its log through the same Worker. */
export async function benchBuildBeside({ edge, wrk, print }: Registries, origin: TalkativeOrigin): Promise<void> {
  const alone: Load[] = [];
  const beside: Load[] = [];
  let lines = 0;
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await wrk(manifestOf(edge)));
    const begun = origin.begun();
    const cold = fetch(`http://${edge.host}/v2/cold-${round}/manifests/latest`);
    await begun;
    beside.push(await wrk(manifestOf(edge)));
    lines += origin.endBuilds();
    await (await cold).body?.cancel();
  }
  print(`Warm manifest by tag, 16 connections, with and without a cold build; medians of ${ROUNDS}`);
  print(`  alone:          ${describe(alone)}`);
  print(`  beside a build: ${describe(beside)}; ${lines} lines of logs`);
}

function describe(loads: readonly Load[]): string {
  const { p99Ms, requestsPerSecond } = medianLoad(loads);
  const all = loads.map((load) => load.p99Ms);
  const range = `${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)}`;
  return `p99 ${p99Ms.toFixed(0)} ms (${range}), ${requestsPerSecond.toFixed(0)} requests/s`;
}
