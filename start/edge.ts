import { parseArgs } from "node:util";
import { unstable_startWorker as startWorker } from "wrangler";

/** The edge as a process: the Worker in workerd, with R2 over S3 and KV over REST, all on loopback. */
const { values } = parseArgs({
  options: { config: { type: "string" }, port: { type: "string" }, state: { type: "string" } },
});
const { config, port, state } = values;
if (!config || !port || !state) throw new Error("--config, --port and --state are required");

const worker = await startWorker({
  config,
  dev: {
    server: { hostname: "127.0.0.1", port: Number(port) },
    persist: state,
    inspector: false,
    watch: false,
    logLevel: "error",
  },
});
await worker.ready;
process.send?.("ready");

async function stop(): Promise<void> {
  await worker.dispose();
  process.exit(0);
}
for (const event of ["SIGINT", "SIGTERM", "disconnect"] as const) process.once(event, () => void stop());
