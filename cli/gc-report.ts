import type { Amount, TalliedKind } from "../origin/garbage/tally.ts";
import { pricePerMillion, type StoreOperations } from "../origin/stores/store-prices.ts";
import { formatBytes } from "../protocol/format-bytes.ts";
import { formatCount } from "../protocol/format-count.ts";
import type { GcResult } from "./gc-command.ts";

/** What people call the kinds of objects. What matters most comes first. */
const NOUNS: readonly (readonly [kind: TalliedKind, noun: string])[] = [
  ["tag", "tag"],
  ["manifest", "manifest"],
  ["blob", "blob"],
  ["bundle", "bundle"],
  ["image", "image record"],
  ["request", "request record"],
  ["contents", "contents record"],
  ["attached", "attachment record"],
  ["trust", "trust record"],
  ["layer", "old layer record"],
  ["closure", "closure record"],
  ["tree", "tree record"],
  ["ref", "ref record"],
  ["indexed-ref", "indexed ref"],
  ["name-index", "index object"],
  ["pulled", "pull mark"],
];

const NOTHING: Amount = { objects: 0, bytes: 0 };
const MILLION = 1_000_000;
const PRICE_DIGITS = 4;
const MAX_SHOWN_TAGS = 20;

/** The last line of `--json`. */
export function gcEvent(result: GcResult): string {
  return JSON.stringify({ event: "gc", ...result });
}

/** What was removed, or would be removed, for the person who ran `cornice gc`. */
export function gcText({ dryRun, removed, tags, operations }: GcResult): string {
  const amounts = NOUNS.map(([kind, noun]) => ({ noun, ...(removed[kind] ?? NOTHING) }));
  const all = sumOf(amounts);
  const total = `${formatCount(all.objects, "object")}, ${formatBytes(all.bytes)}`;
  const summary = dryRun ? `would remove ${total}; nothing was removed` : `removed ${total}`;
  const rows = amounts
    .filter(({ objects }) => objects > 0)
    .map(({ noun, objects, bytes }) => `  ${formatCount(objects, noun)}, ${formatBytes(bytes)}`);
  return [...(dryRun ? tagLines(tags) : []), ...rows, summary, costLine(operations)].join("\n");
}

function costLine(operations: StoreOperations): string {
  const { kvReads, kvWrites, r2Reads, r2Writes } = operations;
  const count = kvReads + kvWrites + r2Reads + r2Writes;
  const dollars = pricePerMillion(operations) / MILLION;
  return `${formatCount(count, "operation")} at R2 and KV: ${dollars.toFixed(PRICE_DIGITS)} dollars`;
}

function tagLines(tags: readonly string[]): readonly string[] {
  const shown = tags.slice(0, MAX_SHOWN_TAGS).map((tag) => `  ${tag}`);
  const more = tags.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more tags; --json has all`] : [])];
}

function sumOf(amounts: readonly Amount[]): Amount {
  return amounts.reduce(
    (sum, { objects, bytes }) => ({ objects: sum.objects + objects, bytes: sum.bytes + bytes }),
    NOTHING,
  );
}
