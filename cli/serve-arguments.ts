import { refuse } from "./cli-error.ts";
import { parseOptions } from "./parse-options.ts";

/** Runs a registry until a signal ends it. */
export interface ServeCall {
  readonly command: "serve";
  /** Whether to install what is missing, and end. */
  readonly prepare: boolean;
}

const OPTIONS = { prepare: { type: "boolean", default: false } } as const;

/** Throws `UsageError`. */
export function parseServe(args: readonly string[]): ServeCall {
  const { values, positionals } = parseOptions(args, OPTIONS);
  const [surplus] = positionals;
  if (surplus !== undefined) refuse(`serve takes settings, and no ${JSON.stringify(surplus)}`);
  return { command: "serve", prepare: values.prepare };
}
