import { storePathHash } from "../../image/closure/store-path.ts";
import { Recent } from "../../protocol/recent.ts";
import { closurePathsKey } from "../../protocol/storage-keys.ts";
import type { BinaryCaches } from "../caches/binary-caches.ts";
import { findClosure } from "../caches/find-closure.ts";
import { type ObjectStore, putRecord, readRecord } from "../stores/object-store.ts";
import { debug } from "../system/debug.ts";
import { closureRecordJson, MAX_RECORD_BYTES, parseClosureRecord } from "./closure-record.ts";
import type { KnownPath } from "./known-path.ts";
import { walkClosure } from "./walk-closure.ts";

/** About 20 MB of memory. The paths that came first are forgotten first. */
const MAX_REMEMBERED = 50_000;

/**
 * The closures of store paths, without Nix. A closure comes from memory, from the record of an earlier image in the
 * store, or from the narinfos of binary caches. A path's name fixes its closure, so nothing here gets old.
 */
export class Closures {
  readonly #store: ObjectStore;
  readonly #caches: Pick<BinaryCaches, "find">;
  readonly #paths = new Recent<KnownPath>(MAX_REMEMBERED, Infinity);

  constructor(store: ObjectStore, caches: Pick<BinaryCaches, "find">) {
    this.#store = store;
    this.#caches = caches;
  }

  /**
   * The closure of each root. A root is missing in the result if no cache has one of its paths. Throws `CacheError` if a
   * cache fails, and nobody can tell.
   */
  async find(roots: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly KnownPath[]>> {
    const closures = new Map<string, readonly KnownPath[]>();
    const known = await Promise.all(roots.map(async (root) => ({ root, closure: await this.#known(root) })));
    for (const { root, closure } of known) if (closure) closures.set(root, closure);
    const unknown = roots.filter((root) => !closures.has(root));
    if (unknown.length === 0) return closures;
    const { found, missing } = await findClosure(unknown, (path) => this.#findPath(path, signal), { signal });
    debug(() => `binary caches: ${found.length} store paths found, ${missing.length} not`);
    const paths = new Map(found.map((path) => [path.path, path]));
    for (const root of unknown) {
      const closure = walkClosure(root, paths);
      if (closure) closures.set(root, closure);
    }
    const news = unknown.flatMap((root) => closures.get(root) ?? []);
    this.#remember(news);
    await Promise.all(unknown.map((root) => this.#write(root, closures.get(root))));
    return closures;
  }

  /** The paths of these closures, as far as an earlier image needed them. Asks no cache. */
  async known(roots: readonly string[]): Promise<readonly KnownPath[]> {
    return (await Promise.all(roots.map(async (root) => (await this.#known(root)) ?? []))).flat();
  }

  /** Notes the closure of a path that Nix has made. */
  async note(root: string, closure: readonly KnownPath[]): Promise<void> {
    if (await this.#known(root)) return;
    this.#remember(closure);
    await this.#write(root, closure);
  }

  /** Forgets what the store has. */
  forget(): void {
    this.#paths.clear();
  }

  async #known(root: string): Promise<readonly KnownPath[] | undefined> {
    const remembered = walkClosure(root, this.#paths);
    if (remembered) return remembered;
    const recorded = parseClosureRecord(
      await readRecord(this.#store, closurePathsKey(storePathHash(root)), MAX_RECORD_BYTES),
    );
    const paths = new Map(recorded?.map((path) => [path.path, path]));
    const closure = walkClosure(root, paths);
    if (closure) this.#remember(closure);
    return closure;
  }

  async #findPath(path: string, signal: AbortSignal): Promise<KnownPath | undefined> {
    return this.#paths.get(path) ?? this.#caches.find(path, { signal });
  }

  #remember(paths: readonly KnownPath[]): void {
    for (const { path, narSize, narHash, references, cache } of paths)
      this.#paths.set(path, { path, narSize, narHash, references, ...(cache && { cache }) });
  }

  async #write(root: string, closure: readonly KnownPath[] | undefined): Promise<void> {
    if (closure) await putRecord(this.#store, closurePathsKey(storePathHash(root)), closureRecordJson(closure));
  }
}
