import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const INTERVAL_MS = 20;

/** Looks at the size of a folder's files again and again. `peak` ends it, and returns the most bytes. */
export function watchFolder(folder: string): { peak(): number } {
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, sizeOf(folder))), INTERVAL_MS);
  return {
    peak() {
      clearInterval(timer);
      return most;
    },
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
