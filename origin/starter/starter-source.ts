import { STARTER_SOURCE } from "../../protocol/source-offer.ts";
import type { PackageSource } from "../sources/package-source.ts";

/** The folder of the starter set. Undefined for any other source. */
export function starterFolder(source: PackageSource): string | undefined {
  return source.kind === "path" && source.name === STARTER_SOURCE ? source.path : undefined;
}
