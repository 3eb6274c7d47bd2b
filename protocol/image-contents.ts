import { isJsonObject, isListOf } from "./json-object.ts";
import { type Descriptor, parseDescriptor } from "./manifest.ts";

/**
 * The store paths in each layer of an image. A manifest has no room for them. Numbers are places in `paths`, so the
 * record of a large closure stays small.
 */
export interface ImageContents {
  /** The requested packages, sorted by attribute, with the store paths that they stand for. */
  readonly packages: readonly { readonly attribute: string; readonly paths: readonly number[] }[];
  readonly paths: readonly ContentsPath[];
  /** Bottom to top, as in the manifest. */
  readonly layers: readonly ContentsLayer[];
}

export interface ContentsPath {
  /** `/nix/store/<hash>-<name>` */
  readonly path: string;
  /** Bytes of the path as a NAR archive: about the sum of its files. */
  readonly narSize: number;
  /** The store paths that its files name, without the path itself. */
  readonly references: readonly number[];
}

export interface ContentsLayer extends Descriptor {
  readonly description: string;
  /** Empty for the root layer. */
  readonly paths: readonly number[];
}

/** A record of another version counts as missing. The records of older releases and answers have no version. */
const RECORD_VERSION = 1;

/** The record as a JSON value, for R2. */
export function imageContentsJson({ packages, paths, layers }: ImageContents): object {
  return { version: RECORD_VERSION, packages, paths, layers };
}

/** Reads a record from a store or an answer. Null if the record is malformed or of another version. */
export function parseImageContents(value: unknown): ImageContents | null {
  if (!isJsonObject(value)) return null;
  const { version = RECORD_VERSION, packages, paths, layers } = value;
  if (version !== RECORD_VERSION) return null;
  if (!isListOf(paths, isPath) || !isListOf(packages, isPackage) || !isListOf(layers, isLayer)) return null;
  const indexes = [
    ...paths.flatMap(({ references }) => references),
    ...[...packages, ...layers].flatMap((holder) => holder.paths),
  ];
  return indexes.every((index) => index < paths.length) ? { packages, paths, layers } : null;
}

function isPath(value: unknown): value is ContentsPath {
  if (!isJsonObject(value)) return false;
  const { path, narSize, references } = value;
  return typeof path === "string" && typeof narSize === "number" && isListOf(references, isIndex);
}

function isPackage(value: unknown): value is ImageContents["packages"][number] {
  return isJsonObject(value) && typeof value["attribute"] === "string" && isListOf(value["paths"], isIndex);
}

function isLayer(value: unknown): value is ContentsLayer {
  if (!isJsonObject(value)) return false;
  const { description, paths } = value;
  return parseDescriptor(value) !== null && typeof description === "string" && isListOf(paths, isIndex);
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}
