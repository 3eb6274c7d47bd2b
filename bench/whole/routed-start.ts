import { originEnvironment, startEdge, startOrigin } from "../../start/processes.ts";
import { prepareSetup } from "../../start/setup.ts";

/**
 * A separate process that runs the registry as `npm start` does, with proxies between the edge and the origin.
 * Arguments: the port of the proxy in front of the origin, and the port of the proxy in front of the stores.
 */
const [originProxy = "", storesProxy = ""] = process.argv.slice(2);
const stopped = new AbortController();
const log = console.log;
const setup = await prepareSetup({ env: process.env, log, signal: stopped.signal });
const links = { originUrl: `http://127.0.0.1:${originProxy}`, storesPort: Number(storesProxy) };
const routed = { ...setup, links };
const edge = await startEdge(routed, { log });
const origin = await startOrigin({ env: originEnvironment(routed), log });
for (const event of ["SIGINT", "SIGTERM"] as const) {
  process.on(event, () => {
    stopped.abort();
    void Promise.all([origin.stop(), edge.stop()]).then(() => process.exit(0));
  });
}
// As `npm start` says it.
log("Ctrl-C stops it");
