import type { Digest } from "../../protocol/digest.ts";
import { requestedName } from "../../protocol/image-request.ts";
import { Recent } from "../../protocol/recent.ts";
import { debug } from "../system/debug.ts";
import { type AttachContext, type Attached, attachToImage } from "./attach-to-image.ts";
import type { ImageDescriber } from "./image-describer.ts";
import type { BuiltImage, TrustedImage } from "./trusted-image.ts";

/** Describes and signs images. It never fails a build: an image without signatures is served, and tried again. */
export interface ImageTrust {
  /** Begins while the image is written. `finish` resolves when the record is, too. It never throws. */
  /** What is known of store paths, whatever image they are in. */
  readonly knownFacts: ImageDescriber["knownFacts"];
  begin(image: BuiltImage): { readonly finish: () => Promise<void> };
  /** Makes what an image lacks that was known before, behind the answer. */
  add(image: TrustedImage): void;
  /** Resolves when no image waits any longer. */
  finished(): Promise<void>;
}

export type TrustOutcome = Attached | "failed" | "dropped";

export interface TrustListener {
  readonly onOutcome: (outcome: TrustOutcome) => void;
  /** Gets the name of the image and the error. */
  readonly onFailure: (image: string, error: unknown) => void;
}

interface TrustOptions extends AttachContext, TrustListener {
  readonly describer: ImageDescriber;
  /** Makes sure that the registry has the public keys. */
  readonly publishKeys: () => Promise<void>;
  /** The host of the registry, as it stands in signatures. */
  readonly host: string;
  /** Ends the work behind the answers. */
  readonly signal: AbortSignal;
}

/** About 5 MB of memory. An image that is forgotten costs a look into the store. */
const MAX_REMEMBERED = 50_000;
/** If somebody empties the bucket, signatures come back after a day. */
const REMEMBERED_MS = 86_400_000;
/** Images that wait, each with its manifests. All together take about 20 MB. */
const MAX_WAITING = 1000;

export function createImageTrust(options: TrustOptions): ImageTrust {
  return new QueuedTrust(options);
}

class QueuedTrust implements ImageTrust {
  readonly #options: TrustOptions;
  readonly #done = new Recent<true>(MAX_REMEMBERED, REMEMBERED_MS);
  readonly #waiting = new Map<Digest, TrustedImage>();
  #working: Promise<void> | undefined;

  constructor(options: TrustOptions) {
    this.#options = options;
  }

  get knownFacts(): ImageDescriber["knownFacts"] {
    return this.#options.describer.knownFacts;
  }

  begin(image: BuiltImage): { readonly finish: () => Promise<void> } {
    const { describer } = this.#options;
    const begun = this.#attach(image, () => describer.describe(image));
    // `finish` reports it.
    begun.catch(() => undefined);
    return { finish: () => this.#finish(image, begun) };
  }

  add(image: TrustedImage): void {
    const { digest } = image.manifests.oci;
    if (this.#done.get(digest) || this.#options.signal.aborted) return;
    this.#waiting.set(digest, image);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_WAITING && oldest !== undefined) this.#drop(oldest);
    this.#working ??= this.#work();
  }

  async finished(): Promise<void> {
    while (this.#working) await this.#working;
  }

  async #work(): Promise<void> {
    // The caller goes on before this begins.
    await Promise.resolve();
    for (const [digest, image] of this.#waiting) {
      if (this.#options.signal.aborted) this.#drop(digest);
      else {
        this.#waiting.delete(digest);
        const { describer, signal } = this.#options;
        await this.#finish(
          image,
          this.#attach(image, () => describer.describeKnown(image, signal)),
        );
      }
    }
    this.#working = undefined;
  }

  #drop(digest: Digest): void {
    this.#waiting.delete(digest);
    this.#options.onOutcome("dropped");
  }

  async #attach(
    { request, manifests }: TrustedImage,
    documents: () => ReturnType<ImageDescriber["describeKnown"]>,
  ): Promise<Attached> {
    if (this.#done.get(manifests.oci.digest)) return "known";
    await this.#options.publishKeys();
    const reference = `${this.#options.host}/${requestedName(request)}`;
    return attachToImage(this.#options, { manifests, reference, documents });
  }

  async #finish({ request, manifests }: TrustedImage, begun: Promise<Attached>): Promise<void> {
    const { onOutcome, onFailure, signal } = this.#options;
    const { digest } = manifests.oci;
    try {
      const outcome = await begun;
      this.#done.set(digest, true);
      debug(() => `${digest}: its signatures: ${outcome}`);
      onOutcome(outcome);
      if (outcome === "undescribed") onFailure(requestedName(request), new Error("its documents are too large"));
    } catch (error) {
      // The parts of an origin that stops fail in many ways.
      if (signal.aborted) return onOutcome("dropped");
      onOutcome("failed");
      onFailure(requestedName(request), error);
    }
  }
}
