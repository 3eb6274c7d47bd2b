import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Environment } from "../origin/system/settings.ts";
import { CommandError, runCommand } from "../origin/system/command.ts";
import { LastLines } from "../origin/system/last-lines.ts";
import { formatBytes } from "../protocol/format-bytes.ts";
import { filesBelow, sizeOf } from "./machine/files-below.ts";

interface BoundOptions {
  /** The folder of R2, KV and the Worker's cache. */
  readonly folder: string;
  readonly maxBytes: number;
  /** Removes from R2 and KV what was not pulled for these days. */
  readonly collect: (keepDays: number) => Promise<void>;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Milliseconds. By default, 15 minutes. */
  readonly pauseMs?: number;
}

/** Measuring reads the size of each file. */
const PAUSE_MS = 900_000;
/** An image that was pulled in these days stays, as far as the limit allows. The last step leaves what is in use now. */
const KEEP_DAYS = [30, 7, 1, 0] as const;

/**
 * Keeps the local R2 and KV, and the Worker's cache, below their limit. First go copies in the cache, then images that were
 * not pulled for the longest time. It never throws, because pulls do not need it. It ends when the signal aborts.
 */
export async function boundState(options: BoundOptions): Promise<void> {
  const { log, signal, pauseMs = PAUSE_MS } = options;
  let last = "";
  while (!signal.aborted) {
    const line = await collectOnce(options).catch((error: unknown) => `warning: ${describe(error)}`);
    // A state that stays too large says so once.
    if (line !== last && line !== "" && !signal.aborted) log(line);
    last = line;
    await pause(pauseMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Returns a line for the log. It is empty if no image had to go. */
async function collectOnce({ folder, maxBytes, collect, signal }: BoundOptions): Promise<string> {
  const before = await dropCopies({ folder, maxBytes });
  if (before <= maxBytes) return "";
  let bytes = before;
  for (const days of KEEP_DAYS) {
    signal.throwIfAborted();
    await collect(days);
    bytes = sizeOf(await filesBelow(folder));
    if (bytes <= maxBytes) return `The local registry had ${formatBytes(before)}; now it has ${formatBytes(bytes)}.`;
  }
  return `warning: the local registry has ${formatBytes(bytes)}, more than CORNICE_STATE_GIB: all of it is in use`;
}

function describe(error: unknown): string {
  return `the local registry is larger than CORNICE_STATE_GIB, and was not collected: ${error instanceof Error ? error.message : String(error)}`;
}

/** The Worker's cache of Miniflare. A file that is missing is a miss, and the Worker then reads R2. */
const CACHED = /\/v3\/cache\/[^/]+\/blobs\/[^/]+$/;

/** Removes copies from the cache, the oldest first, until the state fits or no copy is left. Returns the state's bytes. */
async function dropCopies({ folder, maxBytes }: Pick<BoundOptions, "folder" | "maxBytes">): Promise<number> {
  const files = await filesBelow(folder);
  let bytes = sizeOf(files);
  const copies = files.filter(({ path }) => CACHED.test(path)).toSorted((a, b) => a.changedAtMs - b.changedAtMs);
  for (const { path, size } of copies) {
    if (bytes <= maxBytes) break;
    await rm(path, { force: true });
    bytes -= size;
  }
  return bytes;
}

/** Runs `cornice gc` with the settings of the local R2 and KV. Throws `CommandError` with the end of its log. */
export async function runCollection(main: string, env: Environment, keepDays: number, signal: AbortSignal) {
  const log = new LastLines();
  const variables = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  await runCommand(process.execPath, {
    args: [...process.execArgv, main, "gc", "--keep-days", String(keepDays)],
    env: variables,
    signal,
    onStdout: () => {},
    onStderr: (line) => log.add(line),
  }).catch((cause: unknown) => {
    if (!(cause instanceof CommandError) || log.isEmpty) throw cause;
    throw new CommandError(log.text, { cause });
  });
}
