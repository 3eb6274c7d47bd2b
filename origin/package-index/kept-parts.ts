import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MAX_OBJECT_BYTES, unpackObject } from "../../image/names/index-format.ts";
import { packObject } from "../index/pack-object.ts";
import { createDiskStore } from "../stores/disk-store.ts";
import { readBytes } from "../stores/object-store.ts";
import { type ListedPart, parsePart, partJson } from "./listed-part.ts";

/** The parts of a package set that are listed already. They are on the disk until the whole set is listed. */
export interface KeptParts {
  /** The part that begins at this attribute of the whole set. Undefined if it is missing or damaged. */
  read(from: number): Promise<ListedPart | undefined>;
  write(from: number, part: ListedPart): Promise<void>;
  /** Removes all parts. */
  clear(): Promise<void>;
}

/** `key` stands for everything that the parts depend on. Two runs at the same time write the same bytes. */
export function createKeptParts(spoolDirectory: string, key: string): KeptParts {
  const directory = join(spoolDirectory, `index-${key}`);
  const store = createDiskStore(directory);
  return {
    async read(from) {
      const bytes = await readBytes(store, `part-${from}`, MAX_OBJECT_BYTES);
      const object = bytes && (await unpackObject(bytes));
      return object && parsePart(object.members);
    },
    async write(from, part) {
      const bytes = await packObject(partJson(part));
      await store.put(`part-${from}`, { kind: "bytes", bytes }, { contentType: "application/gzip" });
    },
    clear: () => rm(directory, { recursive: true, force: true }),
  };
}
