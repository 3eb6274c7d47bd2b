import { MAX_GRACE_MINUTES, MAX_KEEP_DAYS, type TimesOfCall } from "../origin/garbage/settings.ts";
import { refuse } from "./cli-error.ts";
import { parseCount, parseOptions } from "./parse-options.ts";

export interface GcCall {
  readonly command: "gc";
  /** Whether nothing is removed. */
  readonly dryRun: boolean;
  readonly times: TimesOfCall;
  readonly json: boolean;
}

const OPTIONS = {
  "dry-run": { type: "boolean", default: false },
  "keep-days": { type: "string" },
  "keep-built-days": { type: "string" },
  "grace-minutes": { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** Throws `UsageError`. */
export function parseGc(args: readonly string[]): GcCall {
  const { values, positionals } = parseOptions(args, OPTIONS);
  const [surplus] = positionals;
  if (surplus !== undefined) refuse(`gc is for the whole registry; ${JSON.stringify(surplus)} is one too many`);
  const count = (option: "keep-days" | "keep-built-days" | "grace-minutes", max: number) => {
    const text = values[option];
    return text === undefined ? undefined : parseCount(`--${option}`, text, { min: 0, max });
  };
  return {
    command: "gc",
    dryRun: values["dry-run"],
    times: {
      keepDays: count("keep-days", MAX_KEEP_DAYS),
      keepBuiltDays: count("keep-built-days", MAX_KEEP_DAYS),
      graceMinutes: count("grace-minutes", MAX_GRACE_MINUTES),
    },
    json: values.json,
  };
}
