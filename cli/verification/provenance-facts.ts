import { type Architecture, isComponent } from "../../protocol/image-name.ts";
import { isArchitecture } from "../../protocol/image-request.ts";
import { isJsonObject, isListOf, type JsonObject } from "../../protocol/json-object.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";

/** What a provenance says about the request of an image, and the settings that shape it. */
export interface ProvenanceFacts {
  /** As the builder's setting names it: `channel:nixos-25.11`. */
  readonly source: string;
  /** Undefined if the source had none. */
  readonly revision: string | undefined;
  readonly tag: string | undefined;
  /** Packages, or `images/<name>` alone. */
  readonly names: readonly [string, ...string[]];
  readonly architecture: Architecture;
  readonly maxStoreLayers: number;
  readonly compression: LayerCompression;
  /** The hash of the file with the popularity of packages. */
  readonly popularity: string;
  readonly formatVersion: unknown;
}

/** `docs/provenance.md` describes the members. */
const BUILD_TYPE = /\/provenance#v1$/;
/** Images have at most 255 packages. */
const MAX_NAMES = 255;
const MAX_LAYERS = 124;

/** Reads a predicate of SLSA provenance. Undefined if another builder wrote it, or if a member is malformed. */
export function readProvenance(predicate: JsonObject): ProvenanceFacts | undefined {
  const { buildType, externalParameters, internalParameters } = objectOf(predicate["buildDefinition"]);
  const { source, revision, tag, names, architecture } = objectOf(externalParameters);
  const { maxStoreLayers, compression, popularity, formatVersion } = objectOf(internalParameters);
  if (typeof buildType !== "string" || !BUILD_TYPE.test(buildType)) return undefined;
  if (typeof source !== "string" || typeof popularity !== "string" || !isArchitecture(architecture)) return undefined;
  if (!isOptionalText(revision) || !isOptionalText(tag) || !isNames(names)) return undefined;
  if (!isLayerLimit(maxStoreLayers) || (compression !== "gzip" && compression !== "zstd")) return undefined;
  return { source, revision, tag, names, architecture, maxStoreLayers, compression, popularity, formatVersion };
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isNames(value: unknown): value is readonly [string, ...string[]] {
  return isListOf(value, isName) && value.length > 0 && value.length <= MAX_NAMES;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.split("/").every(isComponent);
}

function isLayerLimit(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= MAX_LAYERS;
}
