import type { JsonObject } from "../../protocol/json-object.ts";
import type { ObjectStore } from "./object-store.ts";

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** When the object was last put, by the store's own clock: whole seconds, in milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** The MD5 hash of the bytes, in hexadecimal digits. Undefined if the store does not tell it. */
  readonly md5?: string | undefined;
}

/** A small object, with what tells its versions apart. */
export interface VersionedObject {
  readonly bytes: Buffer;
  /** Undefined if the store keeps none. */
  readonly contentType?: string | undefined;
  /** The same bytes have the same etag in R2. So each version needs bytes of its own. */
  readonly etag: string;
  /** When the object was last put, by the store's own clock: whole seconds, in milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** The time in which somebody may remove objects. After it, others take over. */
export interface Lease {
  /** Aborts when the time is over. It may be late if the machine was asleep. */
  readonly signal: AbortSignal;
  /** Whether the time is over. Right before each request, the store asks. */
  isOver(): boolean;
}

/** Objects that somebody can list, remove and change without losing another's change: for upkeep. */
export interface MaintainedStore extends ObjectStore {
  /**
   * All objects whose keys begin with the prefix, by page, in the order of their keys. The next page may be read
   * before it is asked for. Objects that are put or removed meanwhile may be missing. `after`: only keys behind this one.
   */
  list(prefix: string, after?: string): AsyncIterable<readonly ListedObject[]>;
  /**
   * Removes objects, a thousand in one call. A key without an object is no error. With a lease, nothing is sent after its
   * end, and what is under way is broken off. Throws `StoreError` if an object may be left.
   */
  remove(keys: readonly string[], lease?: Lease): Promise<void>;
  /** Undefined if there is no object with this key, or if it is larger. */
  readVersion(key: string, maxBytes: number): Promise<VersionedObject | undefined>;
  /**
   * Puts a small object if the store still has the version with this etag. Undefined: if there is no object. Returns
   * whether it was put.
   */
  replace(key: string, bytes: Uint8Array, etag: string | undefined): Promise<boolean>;
}

/** An entry of Workers KV, without its value. */
export interface ListedEntry {
  readonly key: string;
  /** What its writer has put beside the value. Nobody has checked it. */
  readonly metadata: JsonObject;
}

/** The entries of Workers KV with their metadata, for checks. */
export interface EntryList {
  /** All entries whose keys begin with the prefix, by page, in the order of their keys. */
  listEntries(prefix: string): AsyncIterable<readonly ListedEntry[]>;
}

/** The keys of Workers KV, for upkeep. */
export interface MaintainedIndex {
  /** All keys that begin with the prefix, by page. */
  list(prefix: string): AsyncIterable<readonly string[]>;
  /** Undefined if there is no such key. */
  read(key: string): Promise<string | undefined>;
  /** Reads keys, a hundred in one call. A key that is missing is not in the answer. */
  readMany(keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Removes keys, many in one call. A key that is missing is no error. */
  remove(keys: readonly string[]): Promise<void>;
}
