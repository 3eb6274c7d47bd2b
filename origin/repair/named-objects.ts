import { checkOf } from "../checking/object-kinds.ts";
import { Recent } from "../../protocol/recent.ts";
import { parseStoredKey } from "../../protocol/stored-key.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";

/** An image has some hundred names of 80 bytes. */
const MAX_REMEMBERED = 1000;

/** The keys that an object names. Empty if it is gone or damaged. Throws `StoreError`. */
export async function namesOf(store: Pick<MaintainedStore, "readVersion">, key: string): Promise<readonly string[]> {
  const stored = parseStoredKey(key);
  const check = stored && checkOf(key, stored);
  const object = check && (await store.readVersion(key, check.maxBytes));
  const inspection = object && (await check.inspect(Uint8Array.from(object.bytes)));
  return inspection?.names.map((named) => named.key) ?? [];
}

/** Follows names down from tags, lists and images. */
export interface NameTree {
  /** Our objects that lead from `key` to one of `lost`, `key` included. Empty if there is no way. */
  wayTo(key: string, lost: ReadonlySet<string>): Promise<readonly string[]>;
}

export function createNameTree(store: Pick<MaintainedStore, "readVersion">): NameTree {
  const remembered = new Recent<readonly string[]>(MAX_REMEMBERED, Infinity);

  async function names(key: string): Promise<readonly string[]> {
    const known = remembered.get(key) ?? (await namesOf(store, key));
    remembered.set(key, known);
    return known;
  }

  return {
    async wayTo(key, lost) {
      if (lost.has(key)) return [key];
      // Blobs name nothing that we know of.
      if (parseStoredKey(key)?.kind === "blob") return [];
      const ways: string[] = [];
      for (const named of await names(key)) ways.push(...(await this.wayTo(named, lost)));
      return ways.length > 0 ? [key, ...ways] : [];
    },
  };
}
