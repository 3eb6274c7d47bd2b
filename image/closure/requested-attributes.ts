import { compareText } from "../../protocol/compare-text.ts";
import type { PackageRoot } from "./image-closure.ts";

/** The attributes of the requested packages, sorted. A package with several outputs is in the list once. */
export function requestedAttributes(packages: readonly Pick<PackageRoot, "attribute" | "requested">[]): string[] {
  const requested = packages.filter((item) => item.requested);
  return [...new Set(requested.map(({ attribute }) => attribute))].toSorted(compareText);
}
