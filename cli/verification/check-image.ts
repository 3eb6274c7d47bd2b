import type { TrustedKey } from "../../image/verification/policy.ts";
import type { JsonObject } from "../../protocol/json-object.ts";
import { parseManifestText } from "../../protocol/manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { IMAGE_LABEL, PACKAGES_LABEL, SET_IMAGE_PACKAGES_LABEL } from "../../protocol/package-label.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { checkLayers } from "./check-blobs.ts";
import { checkCoverage } from "./check-coverage.ts";
import { checkDocuments } from "./check-documents.ts";
import { checkSignatures } from "./check-signatures.ts";
import { absent, type Finding, holds } from "./finding.ts";
import type { ReadImage } from "./read-image.ts";

/** Characters of a label that a person sees. */
const MAX_SHOWN = 1000;

export interface CheckContext {
  readonly client: RegistryClient;
  /** Empty if nobody has a key: nothing signed is looked at then. */
  readonly keys: readonly TrustedKey[];
  readonly nowMs: number;
  /** Whether layers are read. */
  readonly readsBlobs: boolean;
  /** Gets the number of bytes of layers since its last call. */
  readonly onBytes: (count: number) => void;
}

export interface CheckedImage {
  readonly image: ReadImage;
  readonly findings: readonly Finding[];
  /** The ids of the trusted keys that have signed the manifest itself. */
  readonly signedBy: readonly string[];
  /** The predicate of the signed provenance. */
  readonly provenance: JsonObject | undefined;
}

/** Checks all of an image whose manifest and config are read. */
export async function checkImage(context: CheckContext, image: ReadImage): Promise<CheckedImage> {
  const { digest } = image.manifest;
  const trust = context.keys.length > 0 ? await checkTrust(context, image) : undefined;
  const layers = context.readsBlobs
    ? await checkLayers({ ...context, layers: image.layers, diffIds: image.config.diffIds })
    : undefined;
  const coverage = layers?.storePaths && trust ? checkCoverage(layers.storePaths, trust.bills) : [];
  return {
    image,
    findings: [
      holds("config", `${digest}: ${imageWords(image)}`),
      ...(layers?.findings ?? [absent("layer", "the layers were not read (--no-blobs)")]),
      ...(trust?.findings ?? []),
      ...coverage,
    ],
    signedBy: trust?.signedBy ?? [],
    provenance: trust?.provenance,
  };
}

/** No signature covers a tag. So people compare the packages with what they asked for. */
function imageWords({ config }: ReadImage): string {
  const packages = config.labels.get(PACKAGES_LABEL) ?? config.labels.get(SET_IMAGE_PACKAGES_LABEL);
  const contents = packages === undefined ? "" : `, packages ${packages.slice(0, MAX_SHOWN)}`;
  return `linux/${config.architecture ?? "unknown"}${contents}`;
}

async function checkTrust({ client, keys, nowMs }: CheckContext, { manifest, config }: ReadImage) {
  const { digest, text } = manifest;
  const attached = await checkSignatures(client, { image: digest, keys, nowMs });
  // The documents of an image are with its OCI manifest. Only the signed bytes say what kind of manifest it is.
  const required = config.labels.has(IMAGE_LABEL) && parseManifestText(text)?.mediaType !== MEDIA_TYPES.docker.manifest;
  const documents = await checkDocuments({ ...attached, client, image: digest, required });
  return { ...documents, signedBy: attached.signedBy, findings: [...attached.findings, ...documents.findings] };
}
