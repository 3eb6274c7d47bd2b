import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode, isSystemError } from "../../origin/system/error-code.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const GIB = 2 ** 30;
/** An image of a desktop program needs about as much, with its build. Bytes. */
const LITTLE = 10 * GIB;
const TOO_LITTLE = GIB;
const ADVICE = "free space, or move the folder to another disk";

/** How much room a folder has. A folder that is not there yet has the room of the one that it will be in. */
export async function checkDisk(folder: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return diskFinding(folder, bavail * bsize);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (hasCode(error, "ENOENT") && dirname(folder) !== folder) return checkDisk(dirname(folder));
    return problem("disk", `${folder} cannot be looked at: ${error.message}`, "let this user read it");
  }
}

/** `free`: bytes. */
export function diskFinding(folder: string, free: number): Finding {
  const text = `${folder} has ${formatBytes(free)} of room`;
  if (free < TOO_LITTLE) return problem("disk", text, ADVICE);
  return free < LITTLE ? warning("disk", text, ADVICE) : ok("disk", text);
}
