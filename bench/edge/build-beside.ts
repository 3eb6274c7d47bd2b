import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { median } from "../starter.ts";
import { manifestOf, type Registries } from "./registries.ts";
import type { TalkativeOrigin } from "./talkative-origin.ts";
import { type Load, medianLoad } from "./wrk.ts";

const ROUNDS = 9;

/**
 * Requests for a warm manifest: alone, while another image's build streams its log through the same Worker, and while
 * another process reads a log of the same kind. The last case is the control: it loads the machine, but not the Worker.
 */
export async function benchBuildBeside({ edge, wrk, print }: Registries, origin: TalkativeOrigin): Promise<void> {
  const loads: Record<"alone" | "control" | "build", Load[]> = { alone: [], control: [], build: [] };
  const lines = { control: 0, build: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    loads.alone.push(await wrk(manifestOf(edge)));
    const reading = readElsewhere(origin.url);
    await origin.begun();
    loads.control.push(await wrk(manifestOf(edge)));
    lines.control += origin.endBuilds();
    await reading;
    const begun = origin.begun();
    const cold = fetch(`http://${edge.host}/v2/cold-${round}/manifests/latest`);
    await begun;
    loads.build.push(await wrk(manifestOf(edge)));
    lines.build += origin.endBuilds();
    await (await cold).body?.cancel();
  }
  print(`Warm manifest by tag, 16 connections, with and without a cold build; medians of ${ROUNDS}`);
  print(`  alone:                        ${describe(loads.alone)}`);
  print(`  beside a log read elsewhere:  ${describe(loads.control)}; ${lines.control} lines`);
  print(`  beside a cold build:          ${describe(loads.build)}; ${lines.build} lines`);
  const ratios = loads.build.map(({ p99Ms }, round) => p99Ms / (loads.control[round]?.p99Ms ?? NaN));
  print(
    `  p99 beside a build: ${median(ratios).toFixed(2)} times the p99 beside a log read elsewhere; median of the rounds`,
  );
}

/** Resolves when the log has ended. */
async function readElsewhere(url: string): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "read-build.ts"), url], { stdio: "inherit" });
  const exit: readonly unknown[] = await once(child, "exit");
  if (exit[0] !== 0) throw new Error(`the reader of the log ended with ${String(exit[0])}`);
}

function describe(loads: readonly Load[]): string {
  const { p99Ms, requestsPerSecond } = medianLoad(loads);
  const all = loads.map((load) => load.p99Ms);
  const range = `${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)}`;
  return `p99 ${p99Ms.toFixed(0)} ms (${range}), ${requestsPerSecond.toFixed(0)} requests/s`;
}
