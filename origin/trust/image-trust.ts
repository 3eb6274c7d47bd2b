import type { Digest } from "../../protocol/digest.ts";
import { requestedName } from "../../protocol/image-request.ts";
import type { BillFacts } from "../../protocol/ref-record.ts";
import { Recent } from "../../protocol/recent.ts";
import { debug } from "../system/debug.ts";
import { type AttachContext, type Attached, attachToImage, readTrust } from "./attach-to-image.ts";
import type { ImageDescriber } from "./image-describer.ts";
import type { ImageDocuments } from "../../image/trust/image-documents.ts";
import { StoreError } from "../stores/object-store.ts";
import type { BuiltImage, TrustedImage, TrustedManifests } from "./trusted-image.ts";

/** Describes and signs images. It never fails a build: an image without signatures is served, and tried again. */
export interface ImageTrust {
  /** What is known of store paths, whatever image they are in. */
  knownFacts(...asked: Parameters<ImageDescriber["knownFacts"]>): ReturnType<ImageDescriber["knownFacts"]>;
  /** What the bills of all images of the source say. */
  bills(): Promise<BillFacts>;
  /** Begins while the image is written. `finish` resolves when the record is, too. It never throws. */
  begin(image: BuiltImage): { readonly finish: () => Promise<void> };
  /** Makes what an image lacks that was known before, behind the answer. */
  add(image: TrustedImage): void;
  /** Signs both manifests of a list, which are stored. Returns whether nothing is left to do. It never throws. */
  signList(list: TrustedManifests): Promise<boolean>;
  /** The documents of an image whose manifests are stored. Undefined if there are none. Throws `StoreError`. */
  documentsOf(image: TrustedImage): Promise<ImageDocuments | undefined>;
  /** Forgets which images have a record in the store. */
  forget(): void;
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

  async knownFacts(...asked: Parameters<ImageDescriber["knownFacts"]>): ReturnType<ImageDescriber["knownFacts"]> {
    return this.#options.describer.knownFacts(...asked);
  }

  async bills(): Promise<BillFacts> {
    const { describer, keys } = this.#options;
    return { ...(await describer.bills()), areSigned: keys !== undefined };
  }

  begin(image: BuiltImage): { readonly finish: () => Promise<void> } {
    const { describer } = this.#options;
    const begun = this.#attach(image, () => describer.describe(image));
    // `finish` reports it.
    begun.catch(() => undefined);
    return {
      finish: async () => {
        await this.#finish(image, begun);
      },
    };
  }

  add(image: TrustedImage): void {
    const { digest } = image.manifests.oci;
    if (this.#done.get(digest) || this.#options.signal.aborted) return;
    this.#waiting.set(digest, image);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_WAITING && oldest !== undefined) this.#drop(oldest);
    this.#working ??= this.#work();
  }

  async signList(list: TrustedManifests): Promise<boolean> {
    if (!this.#options.keys) return true;
    return this.#finish(
      list,
      this.#attach(list, async () => undefined),
    );
  }

  async documentsOf(image: TrustedImage): Promise<ImageDocuments | undefined> {
    const { store, describer, signal, onFailure } = this.#options;
    try {
      const stored = await readTrust(store, image.manifests);
      return stored?.documents ?? (await describer.describeKnown(image, signal));
    } catch (error) {
      if (signal.aborted || error instanceof StoreError) throw error;
      onFailure(requestedName(image.request), error);
      return undefined;
    }
  }

  forget(): void {
    this.#done.clear();
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
    { request, manifests }: TrustedManifests,
    documents: () => ReturnType<ImageDescriber["describeKnown"]>,
  ): Promise<Attached> {
    if (this.#done.get(manifests.oci.digest)) return "known";
    await this.#options.publishKeys();
    const reference = `${this.#options.host}/${requestedName(request)}`;
    return attachToImage(this.#options, { manifests, reference, documents });
  }

  /** Returns whether nothing is left to do. */
  async #finish({ request, manifests }: TrustedManifests, begun: Promise<Attached>): Promise<boolean> {
    const { onOutcome, onFailure, signal } = this.#options;
    const { digest } = manifests.oci;
    try {
      const outcome = await begun;
      this.#done.set(digest, true);
      debug(() => `${digest}: its signatures: ${outcome}`);
      onOutcome(outcome);
      if (outcome === "undescribed") onFailure(requestedName(request), new Error("its documents are too large"));
      return true;
    } catch (error) {
      // The parts of an origin that stops fail in many ways.
      onOutcome(signal.aborted ? "dropped" : "failed");
      if (!signal.aborted) onFailure(requestedName(request), error);
      return false;
    }
  }
}
