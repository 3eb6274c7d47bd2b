import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import type { IntegerRange } from "../protocol/shared-settings.ts";
import { refuse, UsageError } from "./cli-error.ts";

/** Throws `UsageError`. */
export function parseOptions<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    // Node's first sentence names the mistake. The next ones give advice that is rarely right.
    throw new UsageError(cause.message.split(/\.\s/, 1)[0], { cause });
  }
}

/** Throws `UsageError`. */
export function onlyOne(positionals: readonly string[], advice: string): string {
  const [first, second] = positionals;
  if (first === undefined) return refuse(advice);
  if (second !== undefined) return refuse(`${advice}; ${JSON.stringify(second)} is one too many`);
  return first;
}

/** The value of an option that is a whole number. Throws `UsageError`. */
export function parseCount(option: string, text: string, { min, max }: Omit<IntegerRange, "fallback">): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= min && count <= max) return count;
  return refuse(`${option} is ${JSON.stringify(text)}; it must be a whole number from ${min} to ${max}`);
}
