import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { median } from "../starter.ts";

/** Where wrk sends its requests. */
export interface Target {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly path: string;
  /** The `Host` header, if it is not `host`. */
  readonly hostHeader?: string;
}

export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

/** Sends requests to a target for a few seconds. */
export type Wrk = (target: Target) => Promise<Load>;

const CONNECTIONS = 16;
const WARM_UP = "1s";
const DURATION = "2s";

/** Prints JSON; latencies are in µs: https://github.com/wg/wrk/blob/4.1.0/SCRIPTING */
const REPORT = `function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\n{"requestsPerSecond":%f,"p99Ms":%f,"failed":%d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(99) / 1e3, failed))
end
`;

export async function createWrk(directory: string): Promise<Wrk> {
  const script = join(directory, "report.lua");
  await writeFile(script, REPORT);
  return async (target) => {
    await runWrk(script, target, WARM_UP);
    return runWrk(script, target, DURATION);
  };
}

async function runWrk(script: string, { host, path, hostHeader = host }: Target, duration: string): Promise<Load> {
  const headers = ["--header", `Accept: ${MEDIA_TYPES.oci.manifest}`, "--header", `Host: ${hostHeader}`];
  const options = ["--threads", "2", "--connections", String(CONNECTIONS), "--duration", duration];
  const args = [...options, ...headers, "--script", script, `http://${host}${path}`];
  const { stdout } = await promisify(execFile)("wrk", args);
  const { failed, ...load } = parseReport(stdout.trim().split("\n").at(-1) ?? "");
  if (failed > 0) throw new Error(`${failed} requests to ${host}${path} failed`);
  return load;
}

function parseReport(json: string): Load & { readonly failed: number } {
  const { requestsPerSecond, p99Ms, failed } = parseJsonObject(json) ?? {};
  if (typeof requestsPerSecond !== "number" || typeof p99Ms !== "number" || typeof failed !== "number")
    throw new TypeError(`wrk printed ${json}`);
  return { requestsPerSecond, p99Ms, failed };
}

/** The median of each figure over several runs. */
export function medianLoad(loads: readonly Load[]): Load {
  return {
    requestsPerSecond: median(loads.map(({ requestsPerSecond }) => requestsPerSecond)),
    p99Ms: median(loads.map(({ p99Ms }) => p99Ms)),
  };
}
