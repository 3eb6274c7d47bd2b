import type { Readable } from "node:stream";
import { type JsonObject, parseJsonObject } from "../../protocol/json-object.ts";

/** Bytes in memory, or a whole file. Nothing writes to the file again, so a store may link to it. */
export type ObjectContent =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: string; readonly size: number };

export interface PutOptions {
  readonly contentType: string;
  readonly contentEncoding?: string;
  /** `head` returns it, if the backend keeps metadata. Names and values must be valid in HTTP headers. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ObjectHead {
  /** Bytes. */
  readonly size: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Objects by key. A put is atomic: a reader finds the whole object or none, even if the writer fails.
 * Every backend passes `test/origin/stores/object-store-contract.ts`.
 */
export interface ObjectStore {
  /** Undefined if there is no object with this key. */
  head(key: string): Promise<ObjectHead | undefined>;
  /** A stream that the caller must consume or destroy. Undefined if there is no object with this key. */
  open(key: string): Promise<Readable | undefined>;
  /** Whether there is an object whose key begins with the prefix, which ends with a slash. */
  hasAny(prefix: string): Promise<boolean>;
  /** Replaces the object if there is one. */
  put(key: string, content: ObjectContent, options: PutOptions): Promise<void>;
}

/** A call to a store failed after all attempts. The cause says why. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** The HTTP status of the answer, if the store gave one that is no success. */
  readonly status: number | undefined;

  constructor(message: string, { status, ...options }: ErrorOptions & { readonly status?: number | undefined } = {}) {
    super(message, options);
    this.status = status;
  }
}

/** Most of our records are smaller. In bytes. */
const MAX_RECORD_BYTES = 65_536;

/** Reads a JSON record. Undefined if it is missing or not a JSON object: records can be made again. */
export async function readRecord(
  store: ObjectStore,
  key: string,
  maxBytes = MAX_RECORD_BYTES,
): Promise<JsonObject | undefined> {
  const text = await readText(store, key, maxBytes);
  return (text === undefined ? null : parseJsonObject(text)) ?? undefined;
}

/** Reads a small object as text. Undefined if it is missing or longer than `maxLength`, in UTF-16 code units. */
export async function readText(store: ObjectStore, key: string, maxLength: number): Promise<string | undefined> {
  const stream = await store.open(key);
  if (!stream) return undefined;
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > maxLength) return undefined;
  }
  return text;
}

/** Reads a small object. Undefined if it is missing or has more bytes. */
export async function readBytes(store: ObjectStore, key: string, maxBytes: number): Promise<Buffer | undefined> {
  const stream = await store.open(key);
  return stream && collectBytes(stream, maxBytes);
}

/** Reads a stream to its end. Undefined if it has more bytes: then the stream is destroyed. */
export async function collectBytes(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let left = maxBytes;
  for await (const chunk of stream) {
    left -= chunk.length;
    if (left < 0) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export async function putText(store: ObjectStore, key: string, text: string, contentType: string): Promise<void> {
  await store.put(key, { kind: "bytes", bytes: new TextEncoder().encode(text) }, { contentType });
}

export async function putRecord(store: ObjectStore, key: string, record: object): Promise<void> {
  await putText(store, key, JSON.stringify(record), "application/json");
}
