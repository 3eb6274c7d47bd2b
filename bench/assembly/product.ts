import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { isJsonObject } from "../../protocol/json-object.ts";
import { freePort } from "../../start/machine/ports.ts";
import { usageAtRest } from "../whole/usage.ts";
import { findWorkerd } from "../workerd.ts";
import type { Command } from "./commands.ts";

/** The product, with an origin that can be stopped and an edge that can be renewed. */
export interface Product extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly originUrl: string;
  /** The folder of the starter set. */
  readonly starterSet: string;
  /** Everything printed since the last call. */
  takeLog(): string;
  command(command: Command): Promise<void>;
  /** Resolves when the origin and the edge have nothing left to do. */
  rest(): Promise<void>;
  /** The process id of workerd. A renewed edge has another one. */
  workerd(): Promise<number>;
}

/** Seconds. No pull looks its tag up again. */
const LONGEST_FRESHNESS = "86400";
/** The bundles of many packages take minutes. */
const LONGEST_REST_MS = 1_200_000;

/** Starts the product with empty stores. `stateDirectory`: the folder of everything that it keeps. */
export async function startProduct(stateDirectory: string): Promise<Product> {
  const [port, originPort] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    CORNICE_STATE_DIR: stateDirectory,
    CORNICE_PORT: String(port),
    CORNICE_ORIGIN_PORT: String(originPort),
    CORNICE_REF_TTL: LONGEST_FRESHNESS,
  };
  const child = fork(join(import.meta.dirname, "controlled-start.ts"), [], { env, silent: true });
  const log = collect(child);
  const ready = await reply(child, log);
  const starterSet = isJsonObject(ready) ? ready["starterSet"] : undefined;
  if (typeof starterSet !== "string") throw new TypeError("the product does not use the starter set");
  const root = child.pid ?? 0;
  return {
    host: `127.0.0.1:${port}`,
    originUrl: `http://127.0.0.1:${originPort}`,
    starterSet,
    takeLog: log,
    async command(command) {
      child.send(command);
      await reply(child, log);
    },
    async rest() {
      await usageAtRest(root, LONGEST_REST_MS);
    },
    workerd: () => findWorkerd(root),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGINT");
      await ended;
    },
  };
}

/** Returns a function that takes the text printed so far. */
function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = "";
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return () => {
    const taken = text;
    text = "";
    return taken;
  };
}

/** The next message of the process. Throws with its log if it ends before. */
async function reply(child: ChildProcess, takeLog: () => string): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const message = once(child, "message", { signal }).then(([value]: unknown[]) => value);
  const ended = once(child, "exit", { signal }).then(() => {
    throw new Error(`the product ended; it printed:\n${takeLog()}`);
  });
  try {
    return await Promise.race([message, ended]);
  } finally {
    waiting.abort();
    await Promise.allSettled([message, ended]);
  }
}
