import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ListedObject, MaintainedStore } from "../../../origin/stores/maintained-store.ts";
import type { PutOptions } from "../../../origin/stores/object-store.ts";

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly options: PutOptions;
  /** Whole seconds, in milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface MemoryStore extends MaintainedStore {
  /** By key, in the order of the last writes. */
  readonly objects: ReadonlyMap<string, StoredObject>;
}

const PAGE = 1000;
const SECOND_MS = 1000;

/** A store that keeps metadata, content types and times, as R2 does. `now` is its clock, in milliseconds since the epoch. */
export function createMemoryStore(now: () => number = Date.now): MemoryStore {
  const objects = new Map<string, StoredObject>();
  function keep(key: string, bytes: Uint8Array, options: PutOptions) {
    const modifiedAt = Math.floor(now() / SECOND_MS) * SECOND_MS;
    objects.delete(key);
    objects.set(key, { bytes: Uint8Array.from(bytes), options, modifiedAt });
  }
  return {
    objects,
    async head(key) {
      const object = objects.get(key);
      const metadata = object?.options.metadata;
      return object && { size: object.bytes.length, ...(metadata && { metadata }) };
    },
    async open(key) {
      const object = objects.get(key);
      return object && Readable.from([Buffer.from(object.bytes)]);
    },
    async hasAny(prefix) {
      return [...objects.keys()].some((key) => key.startsWith(prefix));
    },
    async put(key, content, options) {
      const bytes = content.kind === "bytes" ? content.bytes : await readFile(content.path);
      options.signal?.throwIfAborted();
      keep(key, bytes, options);
    },
    list: (prefix, after) => listPages(objects, prefix, after),
    async remove(keys) {
      for (const key of keys) objects.delete(key);
    },
    async readVersion(key, maxBytes) {
      const object = objects.get(key);
      if (!object || object.bytes.length > maxBytes) return undefined;
      const { bytes, modifiedAt, options } = object;
      return { bytes: Buffer.from(bytes), contentType: options.contentType, etag: etagOf(bytes), modifiedAt };
    },
    async replace(key, bytes, etag) {
      const object = objects.get(key);
      if ((object && etagOf(object.bytes)) !== etag) return false;
      keep(key, bytes, { contentType: "application/octet-stream" });
      return true;
    },
  };
}

async function* listPages(
  objects: ReadonlyMap<string, StoredObject>,
  prefix: string,
  after = "",
): AsyncGenerator<readonly ListedObject[]> {
  for (let last = after; ;) {
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > last).toSorted();
    const page = keys.slice(0, PAGE).flatMap((key) => {
      const { bytes, modifiedAt } = objects.get(key) ?? {};
      return bytes && modifiedAt !== undefined ? [{ key, size: bytes.length, modifiedAt, md5: md5Of(bytes) }] : [];
    });
    if (page.length > 0) yield page;
    if (keys.length <= PAGE) return;
    last = page.at(-1)?.key ?? last;
  }
}

/** R2's etag of an object that was put in one piece. The same bytes have the same etag. */
function etagOf(bytes: Uint8Array): string {
  return `"${md5Of(bytes)}"`;
}

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
