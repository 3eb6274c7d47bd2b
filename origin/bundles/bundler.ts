import type { ImageClosure, PackageRoot } from "../../image/closure/image-closure.ts";
import type { ImageLayerStore } from "../layers/layer-store.ts";
import type { PathSource } from "../paths/path-source.ts";
import { debug } from "../system/debug.ts";
import type { HoldFolder } from "../system/spool.ts";
import { type ImagePackage, imagePackages } from "./image-packages.ts";
import { type BundleContext, ensureBundle, type PackageToBundle } from "./make-bundle.ts";
import { PackageQueue, type WaitingPackage } from "./package-queue.ts";
import { hasWholeBundles, stepOfImage } from "./whole-bundles.ts";

/** Makes the bundles of packages, behind the answers of the builds. */
export interface Bundler {
  /** Makes sure that each package of the image gets a bundle. All layers of the image must be in the store. */
  add(image: BundledImage): void;
  /** Whether the store has whole bundles of all packages of an image. Throws `StoreError`. */
  has(packages: readonly PackageRoot[]): Promise<boolean>;
  /** The number of packages that wait. */
  readonly waiting: number;
  /** Resolves when no package waits any longer. */
  finished(): Promise<void>;
  /** Makes only the first bundles of packages that have none. Resolves when they are written. */
  settle(): Promise<void>;
}

/** An image, and where its files come from. */
export interface BundledImage {
  readonly closure: ImageClosure;
  readonly paths: Pick<PathSource, "layer" | "tree">;
  readonly layers: ImageLayerStore;
  /** What documents say of the store paths. */
  readonly facts?: PackageToBundle["facts"];
  /** Keeps the files there, also after the build. */
  readonly hold?: HoldFolder | undefined;
}

/** `known`: the bundle was whole before. `dropped`: too many packages wait, or the origin stops. */
export type BundleOutcome = "written" | "known" | "failed" | "dropped";

export interface BundleFacts {
  /** The package. */
  readonly attribute: string;
  /** Why the bundle failed, or why the work on bundles has ended. Undefined if too many packages wait. */
  readonly error?: unknown;
}

export interface BundleListener {
  readonly onOutcome: (outcome: BundleOutcome, facts: BundleFacts) => void;
  /** Called for the first failure after a success. */
  readonly onFailure: (error: unknown) => void;
}

interface BundlerOptions extends BundleContext, BundleListener {
  /** Lets builds go first. Throws the signal's reason. */
  readonly giveWay: (signal: AbortSignal) => Promise<void>;
  /** Ends all work. */
  readonly signal: AbortSignal;
}

export function createBundler(options: BundlerOptions): Bundler {
  return new QueuedBundles(options);
}

class QueuedBundles implements Bundler {
  readonly #options: BundlerOptions;
  readonly #queue = new PackageQueue();
  /** Images whose layers are not listed yet. */
  readonly #unlisted = new Set<ImageLayerStore>();
  readonly #settling = new AbortController();
  #working: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: BundlerOptions) {
    this.#options = options;
  }

  add(image: BundledImage): void {
    const { signal } = this.#options;
    const { packages, closure, options } = image.closure;
    // The edge makes no images with options.
    if (options || signal.aborted) return;
    const seen = stepOfImage(this.#options, packages, closure);
    for (const item of imagePackages(packages, closure)) this.#enqueue(item, seen, image);
    this.#working ??= this.#work();
  }

  has(packages: readonly PackageRoot[]): Promise<boolean> {
    return hasWholeBundles(this.#options, packages);
  }

  get waiting(): number {
    return this.#queue.size;
  }

  async finished(): Promise<void> {
    while (this.#working) await this.#working;
  }

  settle(): Promise<void> {
    this.#settling.abort(new Error("the origin stops"));
    return this.finished();
  }

  #enqueue(item: ImagePackage, seen: number, { paths, layers, facts, hold }: BundledImage): void {
    const key = [item.attribute, ...item.roots.map(({ path }) => path)].join(" ");
    const waiting = this.#queue.get(key);
    if (waiting) {
      waiting.seen = Math.max(waiting.seen, seen);
      return;
    }
    const letGo = hold?.() ?? (async () => {});
    const stages = { seen, extent: "first", isWritten: false } as const;
    for (const dropped of this.#queue.add({ key, package: item, paths, layers, facts, letGo, ...stages }))
      void this.#end(dropped, "dropped");
  }

  async #work(): Promise<void> {
    // The caller goes on before this begins.
    await Promise.resolve();
    let extent: WaitingPackage["extent"] = "first";
    do {
      for (let next = this.#queue.next(); next; next = this.#queue.next()) {
        // The list is one object, so it is not written for each package.
        if (next.extent !== extent) await this.#list();
        extent = next.extent;
        await this.#bundle(next);
      }
      await this.#list();
    } while (this.#queue.next());
    this.#working = undefined;
  }

  async #bundle(waiting: WaitingPackage): Promise<void> {
    const { seen, extent } = waiting;
    const signals = [this.#options.signal, ...(extent === "all" ? [this.#settling.signal] : [])];
    const signal = AbortSignal.any(signals);
    const giveWay = () => this.#options.giveWay(signal);
    try {
      await giveWay();
      const outcome = await ensureBundle(this.#options, waiting, { extent, giveWay, signal });
      this.#isFailing = false;
      if (outcome === "written") {
        waiting.isWritten = true;
        this.#unlisted.add(waiting.layers);
      }
      waiting.extent = "all";
      // An image at a higher step may have come meanwhile.
      if (extent === "all" && waiting.seen === seen) await this.#end(waiting, waiting.isWritten ? "written" : "known");
    } catch (error) {
      await this.#end(waiting, signal.aborted ? "dropped" : "failed", error);
      if (!signal.aborted) this.#fail(waiting, error);
    }
  }

  async #end(waiting: WaitingPackage, outcome: BundleOutcome, error?: unknown): Promise<void> {
    const { attribute } = waiting.package;
    this.#queue.remove(waiting);
    debug(() => `the bundle of ${attribute}: ${outcome}`);
    this.#options.onOutcome(outcome, { attribute, error });
    await waiting.letGo().catch(this.#options.onFailure);
  }

  #fail({ package: { attribute } }: WaitingPackage, error: unknown): void {
    debug(() => `${attribute} has no whole bundle: ${error instanceof Error ? error.message : String(error)}`);
    if (!this.#isFailing) this.#options.onFailure(error);
    this.#isFailing = true;
  }

  /** So other origins find the layers. */
  async #list(): Promise<void> {
    const images = [...this.#unlisted];
    this.#unlisted.clear();
    await Promise.all(images.map((layers) => layers.list())).catch(this.#options.onFailure);
  }
}
