import { pricePerMillion, type StoreOperations } from "../../origin/stores/store-prices.ts";
import { type Making, NEW_COMBINATION } from "./new-combinations.ts";
import {
  add,
  BUILD_OBJECT,
  HAND_OVER,
  LOOK_UP_OBJECT,
  ORIGIN,
  PULLS,
  REQUESTS_PER_PULL,
  SERVERLESS_REGISTRY,
  SIGNING,
} from "./operations.ts";

/** Dollars per million requests to a Worker: https://developers.cloudflare.com/workers/platform/pricing/ */
export const REQUEST_PRICE = 0.3;

/**
 * Dollars per million requests to a Durable Object, per million GB-seconds in which it is in memory, and per million
 * milliseconds of CPU time: https://developers.cloudflare.com/durable-objects/platform/pricing/,
 * https://developers.cloudflare.com/workers/platform/pricing/
 */
const OBJECT_REQUEST_PRICE = 0.15;
const GB_SECOND_PRICE = 12.5;
export const CPU_MS_PRICE = 0.02;
/** Cloudflare counts this much for each object. */
const OBJECT_GB = 0.128;
/** A Worker looks for a known build, and then starts one. */
const OBJECT_REQUESTS = 2;

/** A build of which no layer is known. */
export const COLD_BUILD = add(HAND_OVER.build, add(BUILD_OBJECT, add(ORIGIN.build, SIGNING)));
/** A tag that has not moved. */
export const LOOK_UP = add(HAND_OVER.lookUp, add(LOOK_UP_OBJECT, ORIGIN.lookUp));

/** The tables of docs/cost.md, in Markdown. */
export function costTables(): string {
  const pulls = table([
    ["Cornice: warm, in the isolate's memory", PULLS.isolate],
    ["Cornice: warm in the data centre", PULLS.colo],
    ["Cornice: warm elsewhere, first pull in the data centre", PULLS.elsewhere],
    ["the same with the cache in front of the Worker", PULLS.behindCache],
    ["Cornice: cold, with the build's own operations", add(PULLS.nowhere, COLD_BUILD)],
    ["serverless-registry: every pull", SERVERLESS_REGISTRY],
  ]);
  const origin = table([
    ["build of which no layer is known", COLD_BUILD],
    ["new combination of known packages, made at the edge", NEW_COMBINATION.edge.operations],
    ["the same, made by the origin", NEW_COMBINATION.origin.operations],
    ["look-up of a tag that has not moved", LOOK_UP],
    ["documents and signatures of one image, which are part of a build", SIGNING],
  ]);
  const requests = (REQUESTS_PER_PULL * REQUEST_PRICE).toFixed(2);
  return `${pulls}\n\nThe Worker's ${REQUESTS_PER_PULL} requests come to $${requests} more, in either registry.\n\n${origin}\n\n${combinationTable()}\n`;
}

function table(rows: readonly (readonly [name: string, operations: StoreOperations])[]): string {
  const head = ["| | KV reads | KV writes | R2 class B | R2 class A | $ per million |", "|---|--:|--:|--:|--:|--:|"];
  const lines = rows.map(([name, operations]) => {
    const { kvReads, kvWrites, r2Reads, r2Writes } = operations;
    return `| ${name} | ${kvReads} | ${kvWrites} | ${r2Reads} | ${r2Writes} | ${pricePerMillion(operations).toFixed(2)} |`;
  });
  return [...head, ...lines].join("\n");
}

/** A million new combinations of known packages, in dollars. */
function combinationTable(): string {
  const rows: readonly (readonly [name: string, making: Making])[] = [
    ["made at the edge", NEW_COMBINATION.edge],
    ["made by the origin", NEW_COMBINATION.origin],
  ];
  const head = [
    "| a million new combinations | stores | object: requests | object: time | CPU | $ |",
    "|---|--:|--:|--:|--:|--:|",
  ];
  const lines = rows.map(([name, { operations, objectS, cpuMs }]) => {
    const parts = [
      pricePerMillion(operations),
      OBJECT_REQUESTS * OBJECT_REQUEST_PRICE,
      objectS * OBJECT_GB * GB_SECOND_PRICE,
      cpuMs * CPU_MS_PRICE,
    ];
    const sum = parts.reduce((total, part) => total + part, 0);
    return `| ${name} | ${[...parts, sum].map((dollars) => dollars.toFixed(2)).join(" | ")} |`;
  });
  return [...head, ...lines].join("\n");
}
