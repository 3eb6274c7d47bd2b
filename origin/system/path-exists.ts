import { stat } from "node:fs/promises";

/** Whether a path exists, after all links, and can be inspected. */
export function pathExists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
