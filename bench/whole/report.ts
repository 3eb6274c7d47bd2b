import { median, megabytes } from "../starter.ts";
import { isSlowed, type WholeOptions } from "./options.ts";
import { type Count, REGISTRY_2, type Sample, TAR_GZIP } from "./sample.ts";
import type { Traffic } from "./traffic.ts";
import { cpuSum, type Usage } from "./usage.ts";

/** The peers that ratios are taken against. */
const BASELINES: ReadonlySet<string> = new Set([TAR_GZIP, REGISTRY_2]);

/** Lines about one pass: medians, and the ratios to each baseline of the same rounds. */
export function reportLines(samples: readonly Sample[], counts: readonly Count[]): string[] {
  const byRow = Map.groupBy(samples, ({ row }) => row);
  const names = new Set([...byRow.keys(), ...counts.map(({ row }) => row)]);
  return [...names].flatMap((row) => {
    const count = counts.find((each) => each.row === row);
    return [
      row,
      ...rowLines(byRow.get(row) ?? []),
      ...(count ? [`  requests: ${describeTraffic(count.traffic)}`] : []),
    ];
  });
}

function rowLines(samples: readonly Sample[]): string[] {
  const byPeer = Map.groupBy(samples, ({ by }) => by);
  return [...byPeer].flatMap(([by, ours]) => {
    const others = [...byPeer].filter(([name]) => BASELINES.has(name) && name !== by && !BASELINES.has(by));
    const ratios = others.map(([name, theirs]) => `, ${speedRatio(ours, theirs).toFixed(2)} times as fast as ${name}`);
    const baseline = others.map(([, theirs]) => median(theirs.map(cpuOf))).find((cpu) => cpu > 0);
    return [`  ${by.padEnd(13)} ${valueOf(ours)}${ratios.join("")}`, ...usageLines(ours, baseline)];
  });
}

function valueOf(samples: readonly Sample[]): string {
  const values = samples.map(({ value }) => value);
  const unit = samples[0]?.unit ?? "s";
  const digits = unit === "s" ? 2 : 0;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} ${unit} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** The median of the rounds. Within a round, the machine is about equally busy for both. */
function speedRatio(ours: readonly Sample[], theirs: readonly Sample[]): number {
  const ratios = ours.map(({ value, unit }, round) => {
    const other = theirs[round]?.value ?? NaN;
    return unit === "s" ? other / value : value / other;
  });
  return median(ratios);
}

function cpuOf({ usage, cpuSeconds = 0 }: Sample): number {
  return usage ? cpuSum(usage) : cpuSeconds;
}

/** `baseline`: CPU seconds of the baseline. */
function usageLines(samples: readonly Sample[], baseline: number | undefined): string[] {
  const cpu = median(samples.map(cpuOf));
  if (cpu === 0) return [];
  const share = baseline === undefined ? "" : `, ${(cpu / baseline).toFixed(2)} times the baseline's`;
  const usages = samples.flatMap(({ usage }) => usage ?? []);
  return [`    CPU ${cpu.toFixed(2)} s${usages.length > 0 ? describeUsage(usages) : ""}${share}`];
}

function describeUsage(usages: readonly Usage[]): string {
  const parts = (["origin", "edge"] as const).map((role) => {
    const used = usages.map((usage) => usage[role]);
    const peak = Math.max(...used.map(({ peakBytes }) => peakBytes));
    return `${role} ${median(used.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2)} s and ${megabytes(peak)}`;
  });
  return ` (${parts.join(", ")})`;
}

function describeTraffic({ requests, sentToStores, readFromStores, sentToWorker }: Traffic): string {
  const kinds = `${requests["R2 read"]} R2 reads, ${requests["R2 write"]} R2 writes, ${requests.KV} KV`;
  const [sent, read, worker] = [sentToStores, readFromStores, sentToWorker].map((bytes) => (bytes / 1e6).toFixed(1));
  return `${kinds}; ${sent} MB to the stores, ${read} MB from them, ${worker} MB from the origin to the Worker`;
}

interface Conditions extends Pick<WholeOptions, "rounds" | "latency" | "mbit"> {
  readonly busy: number;
  /** The load average before each round. */
  readonly loads: readonly number[];
}

/** One line about the conditions of a pass. */
export function headLine({ busy, rounds, loads, latency, mbit }: Conditions): string {
  const beside = busy === 0 ? "no busy loops" : `${busy} busy loops`;
  const range = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const { r2ReadMs, r2WriteMs, kvMs } = latency;
  const delays = `R2 reads ${r2ReadMs} ms, R2 writes ${r2WriteMs} ms, KV ${kvMs} ms longer`;
  const width = mbit === undefined ? "" : `; ${mbit} Mbit/s between origin and edge`;
  const slowed = isSlowed({ latency, mbit }) ? `; ${delays}${width}` : "";
  return `Medians of ${rounds} rounds; ${beside}; load average ${range}${slowed}`;
}
