import type { Server } from "node:http";
import { setTimeout } from "node:timers/promises";
import { OciError } from "../../protocol/oci-error.ts";
import type { BuildQueue } from "../builds/build-queue.ts";
import type { Builder } from "./builder.ts";

/** Builds that are stopped have this time to end their child processes. Milliseconds. */
const STOP_TIMEOUT_MS = 4000;
/** Callers have this time to read the last events of their builds. Milliseconds. */
const LAST_EVENTS_MS = 500;

/** The error of a build that the origin could not finish before its end. It is an outage, and no fault of the image. */
export const STOPPED = new OciError("UNAVAILABLE", "the build service is restarting; pull again in a moment");

interface ShutdownOptions {
  readonly queue: Pick<BuildQueue, "close" | "idle">;
  readonly builder: Pick<Builder, "close" | "bundler">;
  /** It must not have had a request yet. */
  readonly server: Server;
  /** The time that builds have to end by themselves; milliseconds. */
  readonly drainMs: number;
  readonly log: (line: string) => void;
}

/** The end of the origin. */
export interface Shutdown {
  /** Waits for builds, answers and first bundles under way, for `drainMs` at most. Then stops. The second call stops at once. */
  drain(): Promise<void>;
  /** Ends all builds with `STOPPED`, and their child processes. Resolves when the process may exit. */
  stop(): Promise<void>;
}

/** No reader finds the parts of an unfinished build. */
export function createShutdown({ queue, builder, server, drainMs, log }: ShutdownOptions): Shutdown {
  const hurry = new AbortController();
  const answers = answersOf(server);
  let drained: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  async function finish(): Promise<void> {
    await queue.idle();
    await Promise.all([answers.sent(), builder.bundler?.settle()]);
  }

  async function drainAndStop(): Promise<void> {
    queue.close(STOPPED);
    log(`stopping: no new builds; builds under way have ${drainMs / 1000} s to end`);
    await within(drainMs, finish(), hurry.signal);
    await shutdown.stop();
  }

  async function stopNow(): Promise<void> {
    hurry.abort();
    const closed = builder.close(STOPPED);
    await within(STOP_TIMEOUT_MS, Promise.all([queue.idle(), closed]));
    server.close();
    await within(LAST_EVENTS_MS, answers.sent());
  }

  const shutdown: Shutdown = {
    drain: () => (drained === undefined ? (drained = drainAndStop()) : shutdown.stop()),
    stop: () => (stopped ??= stopNow()),
  };
  return shutdown;
}

/** Watches the answers of a server. Its connections tell less: a caller may keep one open that it never uses. */
function answersOf(server: Server): { sent(): Promise<unknown> } {
  const underWay = new Set<Promise<void>>();
  server.on("request", (_, response) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    underWay.add(promise);
    response.once("close", () => {
      underWay.delete(promise);
      resolve();
    });
  });
  return { sent: () => Promise.all(underWay) };
}

/** Waits for work, but not longer than the limit, and not longer than until the signal aborts. */
async function within(limitMs: number, work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const end = new AbortController();
  const signals = AbortSignal.any([end.signal, ...(signal ? [signal] : [])]);
  const limit = setTimeout(limitMs, undefined, { signal: signals }).catch((error: unknown) => {
    if (!signals.aborted) throw error;
  });
  await Promise.race([work, limit]);
  end.abort();
}
