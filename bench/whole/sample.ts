import type { Traffic } from "./traffic.ts";
import type { Role, Usage } from "./usage.ts";

/** The baseline of cold images. */
export const TAR_GZIP = "tar | gzip -6";
export const CORNICE = "Cornice";
export const REGISTRY_2 = "registry:2";
export const NIXERY = "Nixery";

/** One run of one measurement. */
export interface Sample {
  /** The measurement, such as `cold shell/git/htop, request to manifest`. */
  readonly row: string;
  readonly by: string;
  readonly value: number;
  readonly unit: "s" | "requests/s";
  readonly cpuSeconds?: number;
  readonly usage?: Usage;
}

/** The requests of one measurement. They are counted once. */
export interface Count {
  readonly row: string;
  readonly traffic: Traffic;
}

/** CPU time between two moments. The peaks are those of the later one. */
export function usageSince(before: Usage, after: Usage): Usage {
  const since = (role: Role) => ({
    cpuSeconds: after[role].cpuSeconds - before[role].cpuSeconds,
    peakBytes: after[role].peakBytes,
  });
  return { origin: since("origin"), edge: since("edge") };
}
