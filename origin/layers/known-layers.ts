import { randomUUID } from "node:crypto";
import { Recent } from "../../protocol/recent.ts";
import { LAYER_LIST_KEY, layerKey, OLD_LAYERS_PREFIX } from "../../protocol/storage-keys.ts";
import { debug } from "../system/debug.ts";
import { isSystemError } from "../system/error-code.ts";
import { BLOB_NEWS_MS, type BlobPresence } from "../stores/blob-presence.ts";
import { type ObjectStore, putRecord, readRecord, StoreError } from "../stores/object-store.ts";
import { type Layer, parseLayer } from "../../image/layers/layer.ts";
import {
  isNewerLayerList,
  type LayerList,
  layerListJson,
  type ListedLayer,
  MAX_LAYER_LIST_BYTES,
  parseLayerList,
} from "../../image/layers/layer-list.ts";
import { NO_SWEEPS, type SweepGuard } from "../sweeps/sweep-guard.ts";
import type { LearnedLayers } from "./learned-layers.ts";

/**
 * Finds layers that were packed before: in memory, where also the layers of the origin's disk are, and in the list of
 * the store, which all origins share.
 */
export interface KnownLayers {
  /** Reads the store's list. An image needs it once, before its look-ups. */
  learn(): Promise<void>;
  /** Undefined if no origin is known to have packed the layer, or if the store does not have its blob. */
  find(hash: string): Promise<Layer | undefined>;
  /** Notes a new layer. Its blob must be in the store. */
  add(hash: string, layer: Layer): void;
  /** Adds an image's layers to the store's list. All their blobs must be in the store. */
  list(hashes: readonly string[]): Promise<void>;
}

/** About 20 MB of memory. The oldest are forgotten. */
const MAX_REMEMBERED = 50_000;
/** About 220 kB, because each image with a new layer reads and writes the list. The least recently used go first. */
const MAX_LISTED = 1000;

interface KnownLayersOptions {
  readonly store: ObjectStore;
  readonly blobs: BlobPresence;
  readonly learned?: LearnedLayers | undefined;
  /** By default, nobody removes anything from the store. */
  readonly sweeps?: Sweeps | undefined;
}

type Sweeps = Pick<SweepGuard, "generation" | "isCondemned" | "whenSwept">;

export function createKnownLayers(options: KnownLayersOptions): KnownLayers {
  return new StoredLayers(options);
}

class StoredLayers implements KnownLayers {
  readonly #store: ObjectStore;
  readonly #blobs: BlobPresence;
  readonly #learned: LearnedLayers | undefined;
  readonly #sweeps: Sweeps;
  /** What the disk has. Empty when the first image has taken it. */
  #disk: Promise<readonly LayerList[]>;
  /** A layer's bytes never change. `blobs` knows whether the blob is still there. */
  readonly #remembered = new Recent<Layer>(MAX_REMEMBERED, Infinity);
  /** `store` of the list. Undefined until there is a list. */
  #storeId: string | undefined;
  /** The list as it was last read. */
  #listed = new Map<string, ListedLayer>();
  /** The layers that this origin has listed since. Another origin may have overwritten them. */
  readonly #ours = new Map<string, ListedLayer>();
  /** Whether the store has a record for each layer, from an older version. Undefined until there was a reason to ask. */
  #hasOldRecords: boolean | undefined;
  /** Whether the store's list is a newer release's, as during an upgrade. Then nobody here writes it. */
  #isNewer = false;
  /** Whether the list must be read again before it is written. */
  #isStale = false;
  #writing = Promise.resolve();
  #isQueued = false;

  constructor({ store, blobs, learned, sweeps = NO_SWEEPS }: KnownLayersOptions) {
    this.#store = store;
    this.#blobs = blobs;
    this.#learned = learned;
    this.#sweeps = sweeps;
    this.#disk = learned?.read() ?? Promise.resolve([]);
    sweeps.whenSwept(() => this.#forget());
  }

  async learn(): Promise<void> {
    const disk = await this.#disk;
    const generation = await this.#sweeps.generation();
    const asked = this.#blobs.epoch;
    const stored = await readRecord(this.#store, LAYER_LIST_KEY, MAX_LAYER_LIST_BYTES);
    const list = parseLayerList(stored);
    this.#isNewer = isNewerLayerList(stored);
    this.#disk = Promise.resolve([]);
    for (const { layers } of disk) this.#remember(layers);
    if (!list) this.#hasOldRecords ??= await this.#store.hasAny(OLD_LAYERS_PREFIX);
    this.#isStale = asked !== this.#blobs.epoch;
    this.#meet(list?.store);
    const epoch = this.#isStale ? asked : this.#blobs.epoch;
    const place = list && placeOf(list.store, generation);
    for (const { store, layers } of disk) if (store === place) this.#vouch(layers, epoch);
    this.#listed = new Map(list?.layers.map((layer) => [layer.hash, layer]));
    for (const hash of this.#listed.keys()) this.#ours.delete(hash);
    if (list) await this.#take(list, epoch, placeOf(list.store, generation));
  }

  /** The list may have changed since, and its older layers may be gone. */
  #forget(): void {
    this.#ours.clear();
    this.#isStale = true;
  }

  /** If the list is another store's, nobody knows any longer which blobs are there. */
  #meet(storeId: string | undefined): void {
    if (storeId === this.#storeId) return;
    if (this.#storeId !== undefined) {
      debug(() => "the store's list of layers is another one: all blobs are looked up again");
      this.#blobs.forgetAll();
      this.#ours.clear();
    }
    this.#storeId = storeId;
  }

  async #take({ layers }: LayerList, epoch: number, store: string): Promise<void> {
    this.#vouch(layers, epoch);
    const news = layers.filter(({ hash }) => !this.#remembered.get(hash));
    this.#remember(news);
    if (news.length > 0) await this.#learned?.add({ store, layers: news });
  }

  #vouch(layers: readonly ListedLayer[], epoch: number): void {
    for (const { digest, seenAt } of layers) this.#blobs.vouch(digest, seenAt, epoch);
  }

  #remember(layers: readonly ListedLayer[]): void {
    for (const { hash, digest, diffId, size } of layers) this.#remembered.set(hash, { digest, diffId, size });
  }

  async find(hash: string): Promise<Layer | undefined> {
    const layer = this.#remembered.get(hash) ?? (await this.#findOldRecord(hash));
    if (!layer || !(await this.#blobs.has(layer))) {
      debug(() => `layer ${hash}: ${layer ? `its blob ${layer.digest} is gone` : "not known"}`);
      this.#remembered.delete(hash);
      return undefined;
    }
    debug(() => `layer ${hash}: known as ${layer.digest}`);
    this.#remembered.set(hash, layer);
    return layer;
  }

  /** Only a store without a list is asked. Otherwise each new layer would cost a look-up. */
  async #findOldRecord(hash: string): Promise<Layer | undefined> {
    if (this.#storeId !== undefined || !this.#hasOldRecords) return undefined;
    return parseLayer(await readRecord(this.#store, layerKey(hash)));
  }

  add(hash: string, { digest, diffId, size }: Layer): void {
    this.#blobs.note(digest);
    this.#remembered.set(hash, { digest, diffId, size });
  }

  async list(hashes: readonly string[]): Promise<void> {
    const generation = await this.#sweeps.generation();
    const layers = hashes.flatMap((hash) => this.#entry(hash) ?? []);
    if (this.#isNewer || layers.every((layer) => this.#isListed(layer))) return;
    this.#storeId ??= randomUUID();
    for (const layer of layers) {
      this.#ours.delete(layer.hash);
      this.#ours.set(layer.hash, layer);
    }
    const store = placeOf(this.#storeId, generation);
    await Promise.all([this.#write(), this.#learned?.add({ store, layers })]);
  }

  #entry(hash: string): ListedLayer | undefined {
    const layer = this.#remembered.get(hash);
    const seenAt = layer && this.#blobs.seenAt(layer.digest);
    return layer && seenAt !== undefined ? { hash, ...layer, seenAt } : undefined;
  }

  #isListed({ hash, seenAt }: ListedLayer): boolean {
    const listed = this.#listed.get(hash);
    return listed !== undefined && seenAt < listed.seenAt + BLOB_NEWS_MS;
  }

  /** R2 takes one write a second of one key. So images that end at the same time share a write. */
  #write(): Promise<void> {
    if (!this.#isQueued) {
      this.#isQueued = true;
      this.#writing = this.#writing.then(() => {
        this.#isQueued = false;
        return this.#writeNow();
      });
    }
    return this.#writing;
  }

  /** A failure costs time only: others pack the layers again. */
  async #writeNow(): Promise<void> {
    try {
      if (this.#isStale) await this.learn();
      const others = [...this.#listed.values()].filter(({ hash }) => !this.#ours.has(hash));
      // The edge believes the list, so it names nothing that a collection is about to remove.
      const kept = [...others, ...this.#ours.values()].filter(({ digest }) => !this.#sweeps.isCondemned(digest));
      const list = { store: this.#storeId ?? randomUUID(), layers: kept.slice(-MAX_LISTED) };
      await putRecord(this.#store, LAYER_LIST_KEY, layerListJson(list));
    } catch (error) {
      if (!(error instanceof StoreError) && !isSystemError(error)) throw error;
      debug(() => `the list of layers was not written: ${error.message}`);
    }
  }
}

/** The name of a store on the disk, as of a collection: later ones may have removed what was seen there. */
function placeOf(store: string, generation: number): string {
  return generation === 0 ? store : `${store} ${generation}`;
}
