import { channel } from "node:diagnostics_channel";
import { plainLine } from "../../protocol/plain-text.ts";
import { redactUrls } from "./redact.ts";

/**
 * Debug lines help to find a fault: commands, decisions of caches, timings. Any part of the origin writes them. The
 * process decides whether to show them. With a channel, no function needs a parameter for them.
 */
const lines = channel("cornice:debug");

/** Nix expressions and the options of a jail can be longer, and are cut; characters. */
const MAX_LINE_LENGTH = 8192;

/** Writes a line. If nobody listens, it does not call `describe`. */
export function debug(describe: () => string): void {
  if (lines.hasSubscribers) lines.publish(plainLine(redactUrls(describe())).slice(0, MAX_LINE_LENGTH));
}

/** Calls `listener` with each line, in the asynchronous context of the writer. Returns a function that stops this. */
export function listenForDebug(listener: (line: string) => void): () => void {
  const receive = (line: unknown) => listener(String(line));
  lines.subscribe(receive);
  return () => {
    lines.unsubscribe(receive);
  };
}

/** Runs a step. Writes a debug line with its duration and whether it failed. */
export async function debugTimed<T>(step: string, run: () => Promise<T>): Promise<T> {
  if (!lines.hasSubscribers) return run();
  const started = performance.now();
  const ended = (how: string) => debug(() => `${step} ${how} after ${Math.round(performance.now() - started)} ms`);
  try {
    const result = await run();
    ended("ended");
    return result;
  } catch (error) {
    ended("failed");
    throw error;
  }
}

const PLAIN_ARGUMENT = /^[\w%+,./:=@^~-]+$/;

/** A command in shell syntax, so that a person can run it again. Leaves out the environment, which may hold secrets. */
export function commandLine(file: string, args: readonly string[]): string {
  return [file, ...args].map((part) => (PLAIN_ARGUMENT.test(part) ? part : quoted(part))).join(" ");
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", String.raw`'\''`).replaceAll("\n", " ")}'`;
}
