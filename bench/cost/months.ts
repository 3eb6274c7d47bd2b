import { NEW_COMBINATION } from "./new-combinations.ts";
import { pricePerMillion, type StoreOperations } from "../../origin/stores/store-prices.ts";
import { add, PULLS, REQUESTS_PER_PULL, SIGNING, times } from "./operations.ts";
import { COLD_BUILD, CPU_MS_PRICE, LOOK_UP, REQUEST_PRICE } from "./price.ts";

/** What a registry does in a month. */
export interface Month {
  readonly name: string;
  readonly pulls: number;
  /** Of all pulls: how many are the first one of an image in a data centre for a while. From 0 to 1. */
  readonly elsewhere: number;
  /** Images with layers that nobody has packed before. */
  readonly builds: number;
  /** New combinations of known packages. */
  readonly combinations: number;
  readonly lookUps: number;
  readonly storedGb: number;
}

/** Dollars for a month, with the plan and after its allowances. */
export interface Bill {
  readonly requests: number;
  readonly cpu: number;
  readonly operations: number;
  readonly storage: number;
  readonly sum: number;
}

/** The three sizes of docs/cost.md. */
export const MONTHS: readonly Month[] = [
  {
    name: "a team",
    pulls: 10_000,
    elsewhere: 0.5,
    builds: 300,
    combinations: 500,
    lookUps: 5_000,
    storedGb: 20,
  },
  {
    name: "a company",
    pulls: 1_000_000,
    elsewhere: 0.2,
    builds: 5_000,
    combinations: 20_000,
    lookUps: 100_000,
    storedGb: 300,
  },
  {
    name: "a public registry",
    pulls: 50_000_000,
    elsewhere: 0.1,
    builds: 50_000,
    combinations: 1_000_000,
    lookUps: 2_000_000,
    storedGb: 3_000,
  },
];

/** Workers Paid: https://developers.cloudflare.com/workers/platform/pricing/ */
const PLAN_PRICE = 5;
const GB_MONTH_PRICE = 0.015;
/** What the plan and the free tier of R2 include: https://developers.cloudflare.com/r2/pricing/ */
const INCLUDED = {
  requests: 10_000_000,
  cpuMs: 30_000_000,
  operations: { kvReads: 10_000_000, kvWrites: 1_000_000, r2Reads: 10_000_000, r2Writes: 1_000_000 },
  storedGb: 10,
} as const;

/** A guess on the high side: no one has measured the Worker alone, without the simulators beside it. */
const CPU_MS_A_REQUEST = 1;
/** The Worker hashes blobs that it reads from R2: 1.4 ms for a megabyte, and 50 MB for an image. */
const CPU_MS_ELSEWHERE = 70;
const MILLION = 1_000_000;

/** What Cloudflare charges for a month. The origin's machine is not part of it. */
export function billOf({ pulls, elsewhere, builds, combinations, lookUps, storedGb }: Month): Bill {
  const operations = [
    times(PULLS.colo, pulls * (1 - elsewhere)),
    times(PULLS.elsewhere, pulls * elsewhere),
    times(COLD_BUILD, builds),
    times(add(NEW_COMBINATION.edge.operations, SIGNING), combinations),
    times(LOOK_UP, lookUps),
  ].reduce(add);
  const requests = pulls * REQUESTS_PER_PULL;
  const cpuMs =
    requests * CPU_MS_A_REQUEST + pulls * elsewhere * CPU_MS_ELSEWHERE + combinations * NEW_COMBINATION.edge.cpuMs;
  const parts = {
    requests: (above(requests, INCLUDED.requests) / MILLION) * REQUEST_PRICE,
    cpu: (above(cpuMs, INCLUDED.cpuMs) / MILLION) * CPU_MS_PRICE,
    operations: operationsBill(operations),
    storage: above(storedGb, INCLUDED.storedGb) * GB_MONTH_PRICE,
  };
  return { ...parts, sum: PLAN_PRICE + parts.requests + parts.cpu + parts.operations + parts.storage };
}

function operationsBill({ kvReads, kvWrites, r2Reads, r2Writes }: StoreOperations): number {
  const included = INCLUDED.operations;
  const charged = {
    kvReads: above(kvReads, included.kvReads),
    kvWrites: above(kvWrites, included.kvWrites),
    r2Reads: above(r2Reads, included.r2Reads),
    r2Writes: above(r2Writes, included.r2Writes),
  };
  return pricePerMillion(charged) / MILLION;
}

function above(used: number, included: number): number {
  return Math.max(0, used - included);
}

/** The table of docs/cost.md, in Markdown. */
export function monthTable(): string {
  const head = [
    "| a month of | pulls | builds | new combinations | stored | requests | CPU | R2 and KV | storage | $ with the plan |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
  ];
  const lines = MONTHS.map((month) => {
    const { requests, cpu, operations, storage, sum } = billOf(month);
    const counts = [month.pulls, month.builds, month.combinations].map((count) => count.toLocaleString("en-US"));
    const dollars = [requests, cpu, operations, storage, sum].map((part) => part.toFixed(2));
    return `| ${[month.name, ...counts, `${month.storedGb.toLocaleString("en-US")} GB`, ...dollars].join(" | ")} |`;
  });
  return [...head, ...lines].join("\n");
}
