import { channel } from "node:diagnostics_channel";
import { plainLine } from "../../protocol/plain-text.ts";
import { redactUrls } from "./redact.ts";

/**
 * Lines for somebody who looks for a fault: commands, decisions of caches, timings. Any part of the origin writes them;
 * the process that runs it decides whether they are shown. A channel spares all functions between the two a parameter.
 */
const lines = channel("cornice:debug");

/** An expression of Nix, or the mounts of a jail, may be longer; characters. */
const MAX_LINE_LENGTH = 8192;

/** Writes a line. Where nobody listens, the line is not even made. */
export function debug(describe: () => string): void {
  if (lines.hasSubscribers) lines.publish(plainLine(redactUrls(describe())).slice(0, MAX_LINE_LENGTH));
}

/** Calls `listener` with each line, in the asynchronous context of its writer. Returns a function that ends this. */
export function listenForDebug(listener: (line: string) => void): () => void {
  const receive = (line: unknown) => listener(String(line));
  lines.subscribe(receive);
  return () => {
    lines.unsubscribe(receive);
  };
}

/** Runs a step, and writes how long it took and whether it failed. */
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

/** A command as a shell would take it: a tester can run it again. Its environment, which may hold secrets, is left out. */
export function commandLine(file: string, args: readonly string[]): string {
  return [file, ...args].map((part) => (PLAIN_ARGUMENT.test(part) ? part : quoted(part))).join(" ");
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", String.raw`'\''`).replaceAll("\n", " ")}'`;
}
