import { join } from "node:path";
import type { Fragment } from "../packing/fragment.ts";
import type { KeptLayer } from "./kept-layer-files.ts";

/** The index of the kept layers and their fragments, in memory. A layer that is used becomes the newest. */
export class KeptLayerIndex {
  readonly #directory: string;
  /** By name, the least recently used first. */
  readonly #layers = new Map<string, KeptLayer>();
  /** The layer and fragment of each store path. */
  readonly #places = new Map<string, { readonly layer: string; readonly fragment: Fragment }>();
  #bytes = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  add(layer: KeptLayer): void {
    this.forget(layer.name);
    this.#layers.set(layer.name, layer);
    this.#bytes += layer.size;
    const file = join(this.#directory, layer.name);
    for (const { path, ...range } of layer.fragments) {
      this.#places.set(path, { layer: layer.name, fragment: { ...range, file } });
    }
  }

  forget(name: string): void {
    const layer = this.#layers.get(name);
    if (!layer) return;
    this.#layers.delete(name);
    this.#bytes -= layer.size;
    for (const { path } of layer.fragments) if (this.#places.get(path)?.layer === name) this.#places.delete(path);
  }

  /** Finds a layer, and makes it the newest. */
  use(name: string): KeptLayer | undefined {
    const layer = this.#layers.get(name);
    if (!layer) return undefined;
    this.#layers.delete(name);
    this.#layers.set(name, layer);
    return layer;
  }

  /** Finds a store path's fragment, and makes its layer the newest. */
  useFragment(path: string): Fragment | undefined {
    const place = this.#places.get(path);
    return place && this.use(place.layer) ? place.fragment : undefined;
  }

  /** Forgets the least recently used layers until at most `maxBytes` are left. Returns their names. */
  shrink(maxBytes: number): string[] {
    const gone: string[] = [];
    for (const name of this.#layers.keys()) {
      if (this.#bytes <= maxBytes) break;
      this.forget(name);
      gone.push(name);
    }
    return gone;
  }
}
