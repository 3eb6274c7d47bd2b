import type { StorePath } from "../../image/closure/store-path.ts";
import { closureOfContents, factsOfImage } from "../../image/facts/facts-of-image.ts";
import type { KnownFacts } from "../../image/facts/image-facts.ts";
import type { ImageDocuments } from "../../image/trust/image-documents.ts";
import { parseImageContents, type ImageContents } from "../../protocol/image-contents.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { BillFacts } from "../../protocol/ref-record.ts";
import { contentsKey } from "../../protocol/storage-keys.ts";
import { hostArchitecture } from "../nix/system.ts";
import type { DebianPaths } from "../starter/debian-paths.ts";
import { type ObjectStore, readRecord } from "../stores/object-store.ts";
import { buildFacts, type BuildPlace } from "./build-facts.ts";
import { createDebianDescriber } from "./debian-metadata.ts";
import { type DescribedPath, withPackages } from "./described-path.ts";
import { imageDocuments } from "./image-documents.ts";
import { knownFacts } from "./known-facts.ts";
import type { BuiltImage, TrustedImage } from "./trusted-image.ts";

/** Makes the documents of images. */
export interface ImageDescriber {
  /** What is known of store paths, whatever image they are in. */
  knownFacts(
    architecture: Architecture,
    closure: readonly StorePath[],
    described: readonly DescribedPath[],
  ): Promise<ReadonlyMap<string, KnownFacts>>;
  /** What the bills of all images of the source say. */
  bills(): Promise<BillFacts>;
  describe(image: BuiltImage): Promise<ImageDocuments>;
  /** Of an image that was made before. Undefined if the store does not say what is in it. */
  describeKnown(image: TrustedImage, signal: AbortSignal): Promise<ImageDocuments | undefined>;
}

interface DescriberOptions {
  readonly store: ObjectStore;
  readonly place: () => Promise<BuildPlace>;
  /** The name of the package set in package URLs. */
  readonly packageSet: string | undefined;
  /** The starter set's packages for an architecture. Undefined for another source. */
  readonly debian: (architecture: Architecture) => Promise<DebianPaths | undefined>;
  /** What this machine knows of store paths. */
  readonly describePaths: (contents: ImageContents, signal: AbortSignal) => Promise<readonly DescribedPath[]>;
}

/** Bytes. A closure of 10,000 paths has about 5 MB. */
const MAX_CONTENTS_BYTES = 16_777_216;

export function createImageDescriber(options: DescriberOptions): ImageDescriber {
  const { store, place, packageSet, debian, describePaths } = options;
  const describeDebian = createDebianDescriber();

  const factsOf: ImageDescriber["knownFacts"] = async (architecture, closure, described) => {
    const starter = await debian(architecture);
    return knownFacts(closure, await describeDebian(described, closure, starter), starter);
  };

  async function describe({ request, revision, manifests, contents, described }: BuiltImage): Promise<ImageDocuments> {
    const { architecture } = request;
    const { digest } = manifests.oci;
    const inImage = new Set(contents.paths.map(({ path }) => path));
    const ours = described.filter(({ path }) => inImage.has(path));
    const known = await factsOf(architecture, closureOfContents(contents), ours);
    const { distribution } = (await debian(architecture)) ?? {};
    const facts = factsOfImage({ digest, architecture, contents, known, packageSet, distribution });
    return imageDocuments(facts, buildFacts(await place(), { request, revision, described: ours }));
  }

  return {
    async bills() {
      // Both architectures have the packages of one release.
      const { distribution } = (await debian(hostArchitecture())) ?? {};
      return { ...(packageSet !== undefined && { packageSet }), ...(distribution && { distribution }) };
    },
    knownFacts: factsOf,
    describe,
    async describeKnown(image, signal) {
      const record = await readRecord(store, contentsKey(image.manifests.oci.digest), MAX_CONTENTS_BYTES);
      const contents = record && parseImageContents(record);
      if (!contents) return undefined;
      const [described, packages] = await Promise.all([describePaths(contents, signal), image.packages()]);
      return describe({ ...image, contents, described: withPackages(described, packages) });
    },
  };
}
