import { isJsonObject } from "./json-object.ts";
import { MAX_IMAGE_LAYERS } from "./manifest.ts";
import type { LayerCompression } from "./media-types.ts";
import { isRevisionIndexPrefix } from "./storage-keys.ts";

/** The settings of an origin that shape an image, beside its closure. */
export interface ImageShape {
  /** The version of the image format. Another version makes other bytes. */
  readonly format: number;
  readonly maxStoreLayers: number;
  readonly compression: LayerCompression;
  /** The hash of the popularity data. */
  readonly popularity: string;
}

/** What a ref of a package source stands for, and all that the edge must know to make images of its packages. */
export interface RefRecord {
  readonly revision: string;
  /** When an origin resolved the ref; ISO 8601, UTC, with milliseconds. */
  readonly resolvedAt: string;
  /** The prefix of the index of names at this revision, without the platform. It ends with a slash. */
  readonly index: string;
  readonly shape: ImageShape;
  /** The most uncompressed bytes of an image's store paths. */
  readonly maxImageBytes: number;
  readonly evaluation: EvaluationInputs;
  /** What bills of materials say of all packages. Undefined if the origin describes no images. */
  readonly bills?: BillFacts | undefined;
}

/** What the bills of materials of a package source have in common. */
export interface BillFacts {
  /** Whether the origin also signs images. */
  readonly areSigned?: boolean | undefined;
  /** The name of the package set in package URLs. */
  readonly packageSet?: string | undefined;
  /** The distribution whose packages the store paths hold: `ID` and `VERSION_ID` of `/etc/os-release`. */
  readonly distribution?: { readonly id: string; readonly version: string } | undefined;
}

/** The inputs of the request hash, beside the request and the revision. */
interface EvaluationInputs {
  readonly nixpkgs?: string | undefined;
  readonly nixpkgsConfig?: string | undefined;
}

/** A record of another version counts as missing. */
const RECORD_VERSION = 1;
const HASH = /^[0-9a-f]{64}$/;
/** A revision is a commit, a store path, or the operator's own text. Other names are shorter; characters. */
const MAX_REVISION_LENGTH = 300;
/** A nixpkgs configuration lists the packages that the operator allows; characters. */
const MAX_CONFIG_LENGTH = 16_384;

/** The record as a JSON value. */
export function refRecordJson({ revision, resolvedAt, index, ...settings }: RefRecord): object {
  return { version: RECORD_VERSION, revision, resolvedAt, index, ...settings };
}

/** Undefined if the value is no whole record of this version. */
export function parseRefRecord(value: unknown): RefRecord | undefined {
  if (!isJsonObject(value) || value["version"] !== RECORD_VERSION) return undefined;
  const { revision, resolvedAt, index, maxImageBytes } = value;
  const shape = parseShape(value["shape"]);
  const evaluation = parseEvaluation(value["evaluation"]);
  const bills = value["bills"] === undefined ? undefined : parseBills(value["bills"]);
  if (bills === null) return undefined;
  if (!isTextOf(revision, MAX_REVISION_LENGTH) || !isTime(resolvedAt) || !shape || !evaluation) return undefined;
  if (typeof index !== "string" || !isRevisionIndexPrefix(index) || !isCount(maxImageBytes)) return undefined;
  return { revision, resolvedAt, index, shape, maxImageBytes, evaluation, ...(bills && { bills }) };
}

function parseShape(value: unknown): ImageShape | undefined {
  if (!isJsonObject(value)) return undefined;
  const { format, maxStoreLayers, compression, popularity } = value;
  // The root layer is one more.
  if (!isCount(format) || !isCount(maxStoreLayers) || maxStoreLayers >= MAX_IMAGE_LAYERS) return undefined;
  if (typeof popularity !== "string" || !HASH.test(popularity) || !isCompression(compression)) return undefined;
  return { format, maxStoreLayers, compression, popularity };
}

function parseEvaluation(value: unknown): EvaluationInputs | undefined {
  if (!isJsonObject(value)) return undefined;
  const { nixpkgs, nixpkgsConfig } = value;
  if (nixpkgs !== undefined && !isTextOf(nixpkgs, MAX_REVISION_LENGTH)) return undefined;
  if (nixpkgsConfig !== undefined && !isTextOf(nixpkgsConfig, MAX_CONFIG_LENGTH)) return undefined;
  return { ...(nixpkgs === undefined ? {} : { nixpkgs }), ...(nixpkgsConfig === undefined ? {} : { nixpkgsConfig }) };
}

/** Null if it is malformed. */
function parseBills(value: unknown): BillFacts | null {
  if (!isJsonObject(value)) return null;
  const { packageSet, distribution, areSigned } = value;
  if (areSigned !== undefined && typeof areSigned !== "boolean") return null;
  if (packageSet !== undefined && !isTextOf(packageSet, MAX_REVISION_LENGTH)) return null;
  const { id, version } = isJsonObject(distribution) ? distribution : {};
  const hasNames = isTextOf(id, MAX_REVISION_LENGTH) && isTextOf(version, MAX_REVISION_LENGTH);
  if (distribution !== undefined && !hasNames) return null;
  return {
    ...(areSigned !== undefined && { areSigned }),
    ...(packageSet !== undefined && { packageSet }),
    ...(hasNames && { distribution: { id, version } }),
  };
}

function isTextOf(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= maxLength;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function isCompression(value: unknown): value is LayerCompression {
  return value === "gzip" || value === "zstd";
}

function isTime(value: unknown): value is string {
  if (typeof value !== "string" || Number.isNaN(Date.parse(value))) return false;
  return new Date(value).toISOString() === value;
}
