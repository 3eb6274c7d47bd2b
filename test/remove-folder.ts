import { rm } from "node:fs/promises";

/** Processes that were killed may write for a moment longer. */
const ATTEMPTS = 20;

/** Removes a folder of a test with all that is in it. */
export function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: ATTEMPTS });
}
