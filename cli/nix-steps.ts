import type { Step } from "./progress.ts";

/** `these 12 derivations will be built:`, `this path will be fetched (1.2 MiB download, …):` */
const ANNOUNCED = /^\s*(?:this|these (\d+)) (?:derivations?|paths?) will be (?:built|fetched)/;
const BEGUN = /^(?:building|copying path) '\/nix\/store\//;

/** Reads Nix's log. Counts the store paths that Nix has begun, against the number that Nix announced. */
export function createNixSteps(): (line: string) => Step | undefined {
  let total = 0;
  let begun = 0;
  return (line) => {
    const announced = ANNOUNCED.exec(line);
    if (announced) total += Number(announced[1] ?? 1);
    else if (BEGUN.test(line)) begun += 1;
    else return undefined;
    // The last path that was begun is not done yet.
    return { done: Math.min(Math.max(begun - 1, 0), total), total, unit: "store paths" };
  };
}
