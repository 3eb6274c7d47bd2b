import { setTimeout } from "node:timers/promises";
import { runCommand } from "../../origin/system/command.ts";
import { plainLine } from "../../protocol/plain-text.ts";
import type { Measure } from "./measure.ts";

const SEQUENCES = [
  ["OSC 8", "\u001b]8;;"],
  ["OSC, as one character", "\u009d"],
  ["CSI with an odd parameter", "\u001b[;#"],
  ["CSI", "\u001b[1;"],
  ["CSI, as one character", "\u009b"],
  ["ESC and a space", "\u001b "],
] as const;
const REPEATS = 200_000;
const FLOOD_MS = 2000;

/** The time that the origin's thread spends on the output of builders. A builder may print anything. */
export async function measureOutput({ time, print }: Measure): Promise<void> {
  for (const [name, sequence] of SEQUENCES) {
    const line = sequence.repeat(REPEATS);
    await time(`cleaning a line with ${REPEATS} beginnings of ${name}`, 2000, async () => {
      plainLine(line);
    });
  }
  print("the longest pause of the thread while a command prints without end", 500, await longestPause());
}

function ignore(): void {}

async function longestPause(): Promise<number> {
  const stop = new AbortController();
  const env = { PATH: process.env["PATH"] ?? "" };
  const options = { args: ["-c", "yes >&2"], env, onStdout: ignore, onStderr: ignore, signal: stop.signal };
  const flood = runCommand("sh", options).catch(ignore);
  let longestMs = 0;
  for (let last = performance.now(), end = last + FLOOD_MS; last < end;) {
    await setTimeout(1);
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  }
  stop.abort();
  await flood;
  return longestMs;
}
