import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseJson } from "../protocol/json-object.ts";

/**
 * Runs a script of this folder in a separate process, so that the script can measure its memory. The script gets a new
 * folder below `directory`, which is removed at the end. Returns the JSON that the script prints. Throws a TypeError if
 * `isResult` rejects it.
 */
export async function runScript<T>(
  name: string,
  directory: string,
  args: (folder: string) => Promise<readonly string[]> | readonly string[],
  isResult: (value: unknown) => value is T,
): Promise<T> {
  const folder = await mkdtemp(join(directory, "run-"));
  try {
    const script = join(import.meta.dirname, name);
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...(await args(folder))]);
    const result = parseJson(stdout);
    if (!isResult(result)) throw new TypeError(`${name} printed ${stdout}`);
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
