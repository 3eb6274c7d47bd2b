import { parseArgs } from "node:util";
import { unstable_readConfig as readConfig } from "wrangler";
import { leaveWithParent } from "../origin/system/leave-with-parent.ts";
import { startLocalEdge } from "./local-edge/local-edge.ts";
import { logLine } from "./local-edge/log-line.ts";
import { findRuntime } from "./local-edge/runtime-process.ts";
import { startFailure } from "./local-edge/start-failure.ts";
import { readStores } from "./local-edge/stores-file.ts";

/** The process of the edge. It runs the Worker in workerd, R2 over S3, and KV over REST. */
const { values } = parseArgs({
  options: {
    config: { type: "string" },
    stores: { type: "string" },
    port: { type: "string" },
    state: { type: "string" },
    address: { type: "string" },
    proxies: { type: "string", default: "" },
    "public-url": { type: "string", default: "" },
    "log-format": { type: "string" },
  },
});
const { config, stores, port, state, address } = values;
if (!config || !stores || !port || !state || !address)
  throw new Error("--config, --stores, --port, --state and --address are required");

const endWatch = leaveWithParent();

const logFormat = values["log-format"] === "json" ? "json" : "text";
const trustedProxies = values.proxies.split(" ").filter((text) => text !== "");
const edge = await startLocalEdge({
  config: readConfig({ config }),
  stores: await readStores(stores),
  port: Number(port),
  entrance: { address, trustedProxies, publicUrl: values["public-url"] },
  logFormat,
  state,
}).catch((error: unknown) => {
  console.error(logLine(logFormat, "error", startFailure(error, state)));
  process.exit(1);
});
const runtime = await findRuntime();
/** Whether this process was told to end, and how. */
let end: "no" | "drain" | "stop" = "no";

async function stop(): Promise<void> {
  end = "stop";
  await edge.dispose();
  process.exit(0);
}

/** The runtime takes no new connection, and ends when the last answer is sent. Whoever sent the signal limits the time. */
function drain(): void {
  end = "drain";
  runtime.drain();
}

/** Miniflare does not notice if its runtime dies. This process then ends, so that its supervisor starts both again. */
async function endWithRuntime(): Promise<void> {
  await runtime.ended;
  if (end === "no") console.error(logLine(logFormat, "error", "the Worker's runtime has died"));
  if (end !== "stop") process.exit(end === "drain" ? 0 : 1);
}

void endWithRuntime();
endWatch();
process.send?.("ready");
// Miniflare has a listener of its own, which kills the runtime at once.
process.removeAllListeners("SIGTERM");
process.once("SIGTERM", drain);
for (const event of ["SIGINT", "disconnect"] as const) process.once(event, () => void stop());
