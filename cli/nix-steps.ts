import type { BuildEvent } from "../protocol/build-events.ts";
import type { Step } from "./progress.ts";

/** `these 12 derivations will be built:`, `this path will be fetched (1.2 MiB download, …):` */
const ANNOUNCED = /^\s*(?:this|these (\d+)) (?:derivations?|paths?) will be (?:built|fetched)/;

/**
 * Counts the store paths that Nix has built or downloaded, against the number that Nix announced in its log. If Nix tells
 * the bytes of downloads, they are shown instead while it downloads.
 */
export function createNixSteps(): (event: BuildEvent) => Step | undefined {
  let announced = 0;
  let started = 0;
  let ended = 0;
  let hasBytes = false;
  return (event) => {
    if (event.event === "download") {
      hasBytes = true;
      return { done: event.done, total: event.total, unit: "bytes" };
    }
    const announcement = event.event === "log" ? ANNOUNCED.exec(event.line) : undefined;
    if (announcement) announced += Number(announcement[1] ?? 1);
    else if (event.event !== "work") return undefined;
    else if (event.state === "started") started += 1;
    else ended += 1;
    if (hasBytes && event.event === "work" && event.work === "download") return undefined;
    // Nix may begin more than it announced: it builds a path that it could not download.
    return { done: ended, total: Math.max(announced, started), unit: "store paths" };
  };
}
