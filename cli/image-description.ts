import { type Digest, isDigest } from "../protocol/digest.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../protocol/json-object.ts";
import { PACKAGES_LABEL, SET_IMAGE_PACKAGES_LABEL } from "../protocol/package-label.ts";

/** What is in an image, from its manifest and its config. */
export interface ImageDescription {
  readonly config: Blob;
  readonly architecture: string;
  /** As the package set spells them. */
  readonly packages: readonly string[];
  /** Bottom to top. */
  readonly layers: readonly DescribedLayer[];
}

export interface Blob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface DescribedLayer extends Blob {
  readonly diffId: Digest;
  /** A store path's name, or how many there are. */
  readonly contents: string;
}

export interface DescribedManifest {
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

/** Undefined for what is no image manifest. */
export function parseManifest(json: string): DescribedManifest | undefined {
  const { config, layers } = parseJsonObject(json) ?? {};
  const parsedConfig = parseBlob(config);
  const parsedLayers = Array.isArray(layers) ? layers.map((layer: unknown) => parseBlob(layer)) : [undefined];
  if (!parsedConfig || !parsedLayers.every((layer) => layer !== undefined)) return undefined;
  return { config: parsedConfig, layers: parsedLayers };
}

/** Undefined for what is no config, or not the manifest's. */
export function describeImage({ config, layers }: DescribedManifest, json: string): ImageDescription | undefined {
  const image = parseJsonObject(json) ?? {};
  const diffIds = strings(object(image["rootfs"])["diff_ids"]);
  const contents = descriptions(image["history"]);
  const described = layers.map((layer, index) => {
    const diffId = diffIds[index];
    return diffId !== undefined && isDigest(diffId) && { ...layer, diffId, contents: contents[index] ?? "" };
  });
  const { architecture } = image;
  if (typeof architecture !== "string" || diffIds.length !== layers.length) return undefined;
  if (!described.every((layer) => layer !== false)) return undefined;
  return { config, architecture, packages: packagesOf(image), layers: described };
}

export function imageBytes({ layers }: ImageDescription): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function packagesOf(image: JsonObject): string[] {
  const labels = object(object(image["config"])["Labels"]);
  const packages = labels[PACKAGES_LABEL] ?? labels[SET_IMAGE_PACKAGES_LABEL];
  return typeof packages === "string" && packages !== "" ? packages.split(" ") : [];
}

/** Of each layer; images of others have history without a layer besides. */
function descriptions(history: unknown): string[] {
  return (Array.isArray(history) ? history : [])
    .map((entry: unknown) => object(entry))
    .filter((entry) => entry["empty_layer"] !== true)
    .map(({ created_by: by }) => (typeof by === "string" ? by : ""));
}

function parseBlob(value: unknown): Blob | undefined {
  const { digest, size } = object(value);
  const isBlob = typeof digest === "string" && isDigest(digest) && Number.isSafeInteger(size);
  return isBlob && typeof size === "number" && size >= 0 ? { digest, size } : undefined;
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
