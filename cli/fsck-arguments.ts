import { refuse } from "./cli-error.ts";
import { parseCount, parseOptions } from "./parse-options.ts";

export interface FsckCall {
  readonly command: "fsck";
  /** Whether the findings are repaired. */
  readonly repair: boolean;
  /** Whether a repair builds images again. */
  readonly rebuild: boolean;
  /** Whether blobs are read. Without it, only their sizes are checked. */
  readonly readsBlobs: boolean;
  /** A finding counts if it is still there after so many seconds. */
  readonly settleSeconds: number;
  readonly json: boolean;
}

/** KV may show what was written a minute ago. */
const DEFAULT_SETTLE_S = 60;
const MAX_SETTLE_S = 3600;

const OPTIONS = {
  repair: { type: "boolean", default: false },
  "no-rebuild": { type: "boolean", default: false },
  quick: { type: "boolean", default: false },
  "settle-seconds": { type: "string", default: String(DEFAULT_SETTLE_S) },
  json: { type: "boolean", default: false },
} as const;

/** Throws `UsageError`. */
export function parseFsck(args: readonly string[]): FsckCall {
  const { values, positionals } = parseOptions(args, OPTIONS);
  const [surplus] = positionals;
  if (surplus !== undefined) refuse(`fsck is for the whole registry; ${JSON.stringify(surplus)} is one too many`);
  if (values["no-rebuild"] && !values.repair) refuse("--no-rebuild is for --repair");
  return {
    command: "fsck",
    repair: values.repair,
    rebuild: !values["no-rebuild"],
    readsBlobs: !values.quick,
    settleSeconds: parseCount("--settle-seconds", values["settle-seconds"], { min: 0, max: MAX_SETTLE_S }),
    json: values.json,
  };
}
