import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { unstable_readConfig as readConfig } from "wrangler";
import { createKvIndex } from "../../origin/stores/kv-index.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { startLocalEdge } from "../../start/local-edge/local-edge.ts";
import { storesEnvironment } from "../../start/local-edge/local-stores.ts";
import { freePort } from "../../start/machine/ports.ts";
import { REPOSITORY } from "../starter.ts";
import { findWorkerd, forgetPeak, workerdUsage } from "../workerd.ts";

const MILLION = 1e6;

/** A local edge whose state stays in a folder after its end. */
export async function startStoredEdge(state: string) {
  const config = readConfig({ config: join(REPOSITORY, "wrangler.toml") });
  const assets = join(state, "assets");
  await mkdir(assets, { recursive: true });
  const stores = {
    port: await freePort(),
    bucket: "cornice",
    accessKeyId: "id",
    secretAccessKey: "key",
    namespaceId: config.kv_namespaces[0]?.id ?? "",
    apiToken: "token",
  };
  const vars = { ...config.vars, ORIGIN_SECRET: "s".repeat(32), REQUEST_LOG: "off" };
  const own = { ...config, vars, assets: { ...config.assets, directory: assets } };
  const edge = await startLocalEdge({ config: own, stores, port: await freePort(), state });
  const env = storesEnvironment(stores);
  return {
    bucketName: stores.bucket,
    namespaceId: stores.namespaceId,
    store: createR2Store({ ...stores, endpoint: env.R2_ENDPOINT }),
    index: createKvIndex({ ...stores, apiUrl: env.KV_API_URL }),
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
    stop: () => edge.dispose(),
  };
}
