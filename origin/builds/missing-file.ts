import type { ImageClosure } from "../../image/closure/image-closure.ts";
import { PackingError } from "../packing/packer.ts";
import { hasCode } from "../system/error-code.ts";
import { isThere } from "../system/path-exists.ts";

/**
 * Packing a closure has failed. Returns the error to throw. The system reports a missing file also if a store path was
 * read under a wrong name. That is a defect, and stays one at the next pull. So a missing file is an outage only if
 * a store path of the closure is gone.
 */
export async function explainMissingFile(error: unknown, { closure }: Pick<ImageClosure, "closure">): Promise<unknown> {
  if (!(error instanceof PackingError) || !hasCode(error, "ENOENT")) return error;
  for (const { path } of closure) if (!(await isThere(path))) return error;
  return new Error("a file is missing, but all store paths are there", { cause: error });
}
