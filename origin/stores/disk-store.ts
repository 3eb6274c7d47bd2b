import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { hasCode } from "../system/error-code.ts";
import type { ObjectContent, ObjectStore } from "./object-store.ts";

/** Ends the name of a file that is being written. */
const PARTIAL_SUFFIX = ".partial";

/**
 * Keeps objects as files below a directory, for measurements and for images without a Worker. It drops content types
 * and metadata.
 */
export function createDiskStore(directory: string): ObjectStore {
  return {
    async head(key) {
      const status = await stat(join(directory, key)).catch(ignoreMissing);
      return status && { size: status.size };
    },
    async open(key) {
      const handle = await open(join(directory, key)).catch(ignoreMissing);
      return handle?.createReadStream();
    },
    async hasAny(prefix) {
      const names = (await readdir(join(directory, prefix)).catch(ignoreMissing)) ?? [];
      return names.some((name) => !name.endsWith(PARTIAL_SUFFIX));
    },
    async put(key, content, { signal }) {
      const file = join(directory, key);
      await mkdir(dirname(file), { recursive: true });
      const partial = `${file}.${randomUUID()}${PARTIAL_SUFFIX}`;
      try {
        await writeContent(partial, content, signal);
        await rename(partial, file);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },
  };
}

async function writeContent(file: string, content: ObjectContent, signal: AbortSignal | undefined): Promise<void> {
  if (content.kind === "bytes") return writeFile(file, content.bytes, { signal });
  signal?.throwIfAborted();
  // A hard link copies no bytes. It cannot cross file systems, so the file is copied then.
  await link(content.path, file).catch((error: unknown) => {
    if (!hasCode(error, "EXDEV", "EPERM")) throw error;
    return pipeline(createReadStream(content.path), createWriteStream(file), { signal });
  });
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
}
