import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject, isListOf, type JsonObject, parseJsonObject } from "./json-object.ts";
import { MAX_MANIFEST_BYTES } from "./manifest.ts";

/** The parts of an image's config that the registry and its tools read. Any builder may have made the image. */
export interface ImageConfig {
  readonly architecture: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
  /** Digests of the uncompressed layers, bottom to top. */
  readonly diffIds: readonly Digest[];
  /** Says how each layer was made, bottom to top. Other builders leave texts empty, or record none. */
  readonly layerDescriptions: readonly string[];
}

/**
 * Reads an image's config: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 * A missing member counts as empty, and so does null, which Docker writes. Returns null if a member has another type,
 * or if the text is longer than a manifest may be.
 */
export function parseImageConfig(text: string): ImageConfig | null {
  const image = text.length > MAX_MANIFEST_BYTES ? null : parseJsonObject(text);
  const config = image && (image["config"] ?? {});
  const rootfs = image && (image["rootfs"] ?? {});
  if (!isJsonObject(config) || !isJsonObject(rootfs)) return null;
  const architecture = image?.["architecture"] ?? undefined;
  const labels = parseLabels(config["Labels"] ?? {});
  const diffIds = rootfs["diff_ids"] ?? [];
  const history = image?.["history"] ?? [];
  if (!labels || !isListOf(diffIds, isDiffId) || !isListOf(history, isJsonObject)) return null;
  if (architecture !== undefined && typeof architecture !== "string") return null;
  return { architecture, labels, diffIds, layerDescriptions: describeLayers(history) };
}

/** A map, because a label may be called `constructor` or `__proto__`. */
function parseLabels(value: unknown): ReadonlyMap<string, string> | null {
  if (!isJsonObject(value)) return null;
  const labels = Object.entries(value);
  return labels.every(isLabel) ? new Map(labels) : null;
}

function isLabel(label: [name: string, value: unknown]): label is [name: string, value: string] {
  return typeof label[1] === "string";
}

function isDiffId(value: unknown): value is Digest {
  return typeof value === "string" && isDigest(value);
}

/** Leaves out history without a layer, which other builders record. */
function describeLayers(history: readonly JsonObject[]): string[] {
  return history
    .filter((step) => step["empty_layer"] !== true)
    .map(({ created_by: command }) => (typeof command === "string" ? command : ""));
}
