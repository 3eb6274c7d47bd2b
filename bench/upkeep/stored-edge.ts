import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startTestEdge } from "../../test/start/local-edge/test-edge.ts";
import { findWorkerd, forgetPeak, workerdUsage } from "../workerd.ts";

const MILLION = 1e6;

/** A local edge whose state stays in a folder after its end. */
export async function startStoredEdge(state: string) {
  const edge = await startTestEdge({ state });
  const { env, stores, store, index } = edge;
  return {
    bucketName: stores.bucket,
    namespaceId: stores.namespaceId,
    store,
    index,
    /** Runs a command for upkeep in a process of its own. Returns what it took. */
    async measure(args: readonly string[]): Promise<string> {
      const pid = await findWorkerd(process.pid);
      await forgetPeak(pid);
      const before = await workerdUsage(pid);
      const script = join(import.meta.dirname, "run-command.ts");
      const options = { env: { ...process.env, ...env } };
      const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], options);
      const { cpuSeconds, peakBytes } = await workerdUsage(pid);
      const cpu = (cpuSeconds - before.cpuSeconds).toFixed(1);
      return `${stdout}  workerd: ${cpu} s of a processor, peak ${(peakBytes / MILLION).toFixed(0)} MB`;
    },
    stop: () => edge.stop(),
  };
}
