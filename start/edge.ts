import { parseArgs } from "node:util";
import { unstable_readConfig as readConfig } from "wrangler";
import { startLocalEdge } from "./local-edge/local-edge.ts";
import { readStores } from "./local-edge/stores-file.ts";

/** The process of the edge. It runs the Worker in workerd, R2 over S3, and KV over REST, all on loopback. */
const { values } = parseArgs({
  options: {
    config: { type: "string" },
    stores: { type: "string" },
    port: { type: "string" },
    state: { type: "string" },
  },
});
const { config, stores, port, state } = values;
if (!config || !stores || !port || !state) throw new Error("--config, --stores, --port and --state are required");

const edge = await startLocalEdge({
  config: readConfig({ config }),
  stores: await readStores(stores),
  port: Number(port),
  state,
});
process.send?.("ready");

async function stop(): Promise<void> {
  await edge.dispose();
  process.exit(0);
}
for (const event of ["SIGINT", "SIGTERM", "disconnect"] as const) process.once(event, () => void stop());
