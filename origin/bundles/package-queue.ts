import type { ImageLayerStore } from "../layers/layer-store.ts";
import type { BundleExtent, PackageToBundle } from "./make-bundle.ts";

/** A package that waits for its bundle. */
export interface WaitingPackage extends PackageToBundle {
  /** Equal for the same package of two images. */
  readonly key: string;
  readonly layers: ImageLayerStore;
  /** Lets go of the package's files. */
  readonly letGo: () => Promise<void>;
  /** A later image may raise it. */
  seen: number;
  /** What the package waits for. */
  extent: BundleExtent;
  /** Whether some bundle of the package was written. */
  isWritten: boolean;
}

/** A package of a large image has a thousand store paths. All together take about 40 MB of memory. */
const LIMITS = { packages: 256, paths: 100_000 };

/** Packages that wait for their bundles, in limited memory. */
export class PackageQueue {
  readonly #waiting = new Map<string, WaitingPackage>();
  readonly #limits: typeof LIMITS;
  #underWay: WaitingPackage | undefined;
  #paths = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get(key: string): WaitingPackage | undefined {
    return this.#waiting.get(key);
  }

  /** Returns the oldest packages, which lost their places. The package under way keeps its place. */
  add(added: WaitingPackage): WaitingPackage[] {
    this.#waiting.set(added.key, added);
    this.#paths += added.package.closure.length;
    const dropped: WaitingPackage[] = [];
    for (const oldest of this.#waiting.values()) {
      if (this.#waiting.size <= this.#limits.packages && this.#paths <= this.#limits.paths) break;
      if (oldest === this.#underWay || oldest === added) continue;
      this.remove(oldest);
      dropped.push(oldest);
    }
    return dropped;
  }

  /** The next package, which is under way from now on. Those without any bundle come first. */
  next(): WaitingPackage | undefined {
    const waiting = [...this.#waiting.values()];
    this.#underWay = waiting.find(({ extent }) => extent === "first") ?? waiting[0];
    return this.#underWay;
  }

  remove(waiting: WaitingPackage): void {
    if (this.#waiting.delete(waiting.key)) this.#paths -= waiting.package.closure.length;
  }
}
