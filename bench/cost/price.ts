import {
  BUILD_OBJECT,
  LOOK_UP_OBJECT,
  ORIGIN,
  type Operations,
  PULLS,
  REQUESTS_PER_PULL,
  SERVERLESS_REGISTRY,
} from "./operations.ts";

/** Dollars per million: https://developers.cloudflare.com/kv/platform/pricing/, https://developers.cloudflare.com/r2/pricing/ */
const PRICES: Operations = { kvReads: 0.5, kvWrites: 5, r2Reads: 0.36, r2Writes: 4.5 };
/** Dollars per million requests to a Worker: https://developers.cloudflare.com/workers/platform/pricing/ */
const REQUEST_PRICE = 0.3;

/** The price in dollars of a million times these operations. */
export function price({ kvReads, kvWrites, r2Reads, r2Writes }: Operations): number {
  return kvReads * PRICES.kvReads + kvWrites * PRICES.kvWrites + r2Reads * PRICES.r2Reads + r2Writes * PRICES.r2Writes;
}

function add(one: Operations, other: Operations): Operations {
  return {
    kvReads: one.kvReads + other.kvReads,
    kvWrites: one.kvWrites + other.kvWrites,
    r2Reads: one.r2Reads + other.r2Reads,
    r2Writes: one.r2Writes + other.r2Writes,
  };
}

/** The tables of docs/cost.md, in Markdown. */
export function costTables(): string {
  const pulls = table([
    ["Cornice: warm, in the isolate's memory", PULLS.isolate],
    ["Cornice: warm in the data centre", PULLS.colo],
    ["Cornice: warm elsewhere, first pull in the data centre", PULLS.elsewhere],
    ["the same with the cache in front of the Worker", PULLS.behindCache],
    ["Cornice: cold, with the build's own operations", add(PULLS.nowhere, add(BUILD_OBJECT, ORIGIN.build))],
    ["serverless-registry: every pull", SERVERLESS_REGISTRY],
  ]);
  const origin = table([
    ["build of which no layer is known", add(BUILD_OBJECT, ORIGIN.build)],
    ["look-up of a tag that has not moved", add(LOOK_UP_OBJECT, ORIGIN.lookUp)],
  ]);
  const requests = (REQUESTS_PER_PULL * REQUEST_PRICE).toFixed(2);
  return `${pulls}\n\nThe Worker's ${REQUESTS_PER_PULL} requests come to $${requests} more, in either registry.\n\n${origin}\n`;
}

function table(rows: readonly (readonly [name: string, operations: Operations])[]): string {
  const head = ["| | KV reads | KV writes | R2 class B | R2 class A | $ per million |", "|---|--:|--:|--:|--:|--:|"];
  const lines = rows.map(([name, operations]) => {
    const { kvReads, kvWrites, r2Reads, r2Writes } = operations;
    return `| ${name} | ${kvReads} | ${kvWrites} | ${r2Reads} | ${r2Writes} | ${price(operations).toFixed(2)} |`;
  });
  return [...head, ...lines].join("\n");
}
