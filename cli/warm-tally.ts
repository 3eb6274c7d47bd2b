import type { BundleFacts, BundleOutcome } from "../origin/bundles/bundler.ts";
import { formatCount } from "../protocol/format-count.ts";
import { partialFailure } from "./failure.ts";
import type { Progress } from "./progress.ts";

/** What `cornice warm` has done so far. */
export interface WarmCounts {
  /** How many images were built now, and how many were known already. */
  readonly built: number;
  readonly known: number;
  /** How many bundles were written now. */
  readonly bundles: number;
  readonly failures: readonly WarmFailure[];
}

/** An image that failed, or a package that has no whole bundle. */
interface WarmFailure {
  readonly name: string;
  readonly message: string;
}

/** Only images with thousands of store paths meet this limit. */
const DROPPED = "too many packages waited for their bundles; run the command again";

/** Counts what is done, and shows it to the user. */
export class WarmTally {
  readonly #progress: Progress;
  readonly #total: number;
  readonly #images = { built: 0, known: 0, failed: 0 };
  readonly #failures: WarmFailure[] = [];
  #bundles = 0;
  /** The packages that wait for their bundles after the last image, and those of them that have ended. */
  #lastBundles: { readonly total: number; done: number } | undefined;

  /** `total`: the number of images. */
  constructor(progress: Progress, total: number) {
    this.#progress = progress;
    this.#total = total;
  }

  get counts(): WarmCounts {
    const { built, known } = this.#images;
    return { built, known, bundles: this.#bundles, failures: this.#failures };
  }

  /** Such as `3 of 12 images, 1 failed`. */
  get standing(): string {
    const { failed } = this.#images;
    return `${this.#ended()} of ${formatCount(this.#total, "image")}${failed === 0 ? "" : `, ${failed} failed`}`;
  }

  beginImages(): void {
    this.#progress.phase("build");
    this.#step();
  }

  /** Only `total` packages are left. */
  beginBundles(total: number): void {
    this.#lastBundles = { total, done: 0 };
    this.#progress.phase("bundle");
  }

  addImage(name: string, outcome: "built" | "known"): void {
    this.#images[outcome] += 1;
    this.#progress.log(`${name}: ${outcome === "built" ? "built" : "known already"} (${this.standing})`);
    this.#step();
  }

  addFailure(name: string, error: unknown): void {
    this.#images.failed += 1;
    this.#fail(name, partialFailure(error));
    this.#step();
  }

  addBundle(outcome: BundleOutcome, { attribute, error }: BundleFacts): void {
    if (outcome === "written") this.#bundles += 1;
    if (outcome === "failed") this.#fail(`the bundle of ${attribute}`, partialFailure(error));
    // With an error, the call is interrupted or has failed.
    if (outcome === "dropped" && error === undefined) this.#fail(`the bundle of ${attribute}`, DROPPED);
    const last = this.#lastBundles;
    if (last) this.#progress.step({ done: ++last.done, total: last.total, unit: "packages" });
  }

  #fail(name: string, message: string): void {
    this.#failures.push({ name, message });
    for (const line of `${name}: failed: ${message}`.split("\n")) this.#progress.note(line);
  }

  #ended(): number {
    return this.#images.built + this.#images.known + this.#images.failed;
  }

  #step(): void {
    this.#progress.step({ done: this.#ended(), total: this.#total, unit: "images" });
  }
}
