import type { CheckProgress } from "../origin/checking/check-stores.ts";
import { formatBytes } from "../protocol/format-bytes.ts";
import { formatCount } from "../protocol/format-count.ts";
import type { Progress } from "./progress.ts";

/** A reader of the log needs no more. */
const RATE_INTERVAL_MS = 5000;
const MS_PER_SECOND = 1000;

/** Shows how much is read, how fast, and what the check waits for. */
export function checkProgress(
  progress: Progress,
  settleSeconds: number,
  now: () => number = () => performance.now(),
): CheckProgress {
  const began = now();
  let lastRate = began;
  return {
    onBytes(done, total) {
      progress.step({ done, total, unit: "bytes" });
      if (now() - lastRate < RATE_INTERVAL_MS) return;
      lastRate = now();
      progress.log(`${formatBytes(done)} read, ${rateText(done, (lastRate - began) / MS_PER_SECOND)}`);
    },
    onSettle(suspects) {
      if (suspects > 0)
        progress.note(`${formatCount(suspects, "finding")}; looking again in ${formatCount(settleSeconds, "second")}`);
    },
  };
}

/** Such as `350 MB a second`. */
export function rateText(bytes: number, seconds: number): string {
  return `${formatBytes(seconds > 0 ? Math.round(bytes / seconds) : 0)} a second`;
}
