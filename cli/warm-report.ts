import { formatCount } from "../protocol/format-count.ts";
import type { WarmResult } from "./warm-command.ts";

/** The last line of `--json`. */
export function warmEvent(result: WarmResult): string {
  return JSON.stringify({ event: "warm", ...result });
}

/** One line for the person who ran `cornice warm`, and one for each failure. */
export function warmSummary({ source, images, built, known, bundles, failures }: WarmResult): string {
  const counts = [
    [built, `${built} built`],
    [known, `${known} known already`],
    [failures.length, formatCount(failures.length, "failure")],
  ] as const;
  const done = counts.flatMap(([count, text]) => (count === 0 ? [] : [text]));
  const summary = `${formatCount(images, "image")}: ${[...done, `${formatCount(bundles, "bundle")} written`].join(", ")}; ${source}`;
  return [summary, ...failures.map(({ name, message }) => `failed: ${name}: ${message.split("\n", 1)[0]}`)].join("\n");
}
