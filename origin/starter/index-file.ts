import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { nixSystem } from "../../image/names/nix-system.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { ARCHITECTURES } from "../../protocol/image-request.ts";

/** The index of this machine's own architecture. `default.nix` reads it, too. */
export const OWN_INDEX = "index.json";

/** The file of another architecture's index. */
export function foreignIndex(architecture: Architecture): string {
  return `index-${nixSystem(architecture)}.json`;
}

/** The index of an architecture in a starter set. `host` is the architecture of the machine that has written the set. */
export function indexFile(folder: string, architecture: Architecture, host: Architecture): string {
  return join(folder, architecture === host ? OWN_INDEX : foreignIndex(architecture));
}

/** The architectures of a starter set that this machine has written. Its own one comes first. */
export async function starterArchitectures(folder: string, host: Architecture): Promise<readonly Architecture[]> {
  const files = new Set(await readdir(folder));
  return [host, ...ARCHITECTURES.filter((each) => each !== host && files.has(foreignIndex(each)))];
}
