import { originEnvironment, startEdge, startOrigin } from "../../start/processes.ts";
import { prepareSetup, type Setup } from "../../start/setup.ts";
import { type Command, isCommand } from "./commands.ts";

/**
 * A separate process that runs the registry as `npm start` does. The benchmark can stop and start its origin, and give
 * its edge a new workerd.
 */
const stopped = new AbortController();
const log = console.log;
const setup = await prepareSetup({ env: process.env, log, signal: stopped.signal });
const originOptions = { env: originEnvironment(setup), log };
let edge = await startEdge(setup, { log });
let origin = await startOrigin(originOptions);

async function obey(command: Command): Promise<void> {
  if (command === "stop origin") {
    await origin.stop();
  } else if (command === "start origin") {
    origin = await startOrigin(originOptions);
  } else {
    await edge.stop();
    edge = await startEdge(setupFor(command), { log });
  }
}

function setupFor(command: Command): Setup {
  const { config, wrangler } = setup;
  if (command === "renew edge, debug") return { ...setup, config: { ...config, logLevel: "debug" } };
  if (command === "renew edge, no assembly")
    return { ...setup, wrangler: { ...wrangler, vars: { ...wrangler.vars, EDGE_ASSEMBLY: "off" } } };
  return setup;
}

async function stop(): Promise<void> {
  stopped.abort();
  await Promise.all([origin.stop(), edge.stop()]);
  process.exit(0);
}

process.on("message", (command) => {
  if (!isCommand(command)) throw new TypeError(`${String(command)} is no command`);
  void obey(command).then(() => process.send?.("done"));
});
for (const event of ["SIGINT", "SIGTERM", "disconnect"] as const) process.once(event, () => void stop());
process.send?.({ starterSet: setup.source.starterSet });
