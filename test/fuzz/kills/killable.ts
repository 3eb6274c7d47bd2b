import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { storesEnvironment } from "../../../start/local-edge/local-stores.ts";
import { startTestEdge, type TestEdge } from "../../start/local-edge/test-edge.ts";
import { startR2Proxy } from "../../system/r2-proxy.ts";
import { removeFolder } from "../../remove-folder.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const PROGRAM = join(REPOSITORY, "cli/main.ts");
const COMPILE_CACHE = join(REPOSITORY, "node_modules/.cache/node");

/** When a command is killed. */
export interface Instant {
  /** The request to R2 or KV. The first one is 1. */
  readonly request: number;
  /** Milliseconds from the request to the kill. With 0, the stores never see the request. */
  readonly delayMs: number;
}

interface Ended {
  /** Null: it was killed. */
  readonly code: number | null;
  readonly requests: number;
  readonly stderr: string;
}

/** Real stores, and a way to run the real command against them. */
export interface Killable {
  readonly edge: TestEdge;
  /** Runs `cornice` until it ends, or is killed with SIGKILL. */
  run(args: readonly string[], instant?: Instant): Promise<Ended>;
  stop(): Promise<void>;
}

/** Starts local stores behind a proxy that counts requests. */
export async function startKillable(): Promise<Killable> {
  const directory = await mkdtemp(join(tmpdir(), "cornice-kills-"));
  const edge = await startTestEdge();
  let requests = 0;
  let instant: Instant | undefined;
  let child: ChildProcess | undefined;
  const meet = (_: IncomingMessage, response: ServerResponse): boolean => {
    requests += 1;
    if (requests !== instant?.request) return false;
    const asking = child;
    if (instant.delayMs > 0) setTimeout(() => asking?.kill("SIGKILL"), instant.delayMs);
    else {
      asking?.kill("SIGKILL");
      response.destroy();
    }
    return instant.delayMs === 0;
  };
  const proxy = await startR2Proxy(edge.r2.endpoint, meet);
  const stores = storesEnvironment({ ...edge.stores, port: Number(new URL(proxy.endpoint).port) });
  const own = { CORNICE_SPOOL_DIR: directory, XDG_CACHE_HOME: directory, NODE_COMPILE_CACHE: COMPILE_CACHE };
  return {
    edge,
    async run(args, at) {
      [requests, instant] = [0, at];
      const started = spawn(process.execPath, [PROGRAM, ...args], {
        env: { ...process.env, ...stores, ...own },
        stdio: ["ignore", "ignore", "pipe"],
      });
      child = started;
      const [stderr] = await Promise.all([text(started.stderr), once(started, "close")]);
      return { code: started.exitCode, requests, stderr };
    },
    async stop() {
      proxy.close();
      await edge.stop();
      await removeFolder(directory);
    },
  };
}
