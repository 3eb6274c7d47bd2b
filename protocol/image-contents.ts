import { isJsonObject, isListOf } from "./json-object.ts";
import { type Descriptor, parseDescriptor } from "./manifest.ts";

/**
 * Which store paths an image's layers hold: what a manifest cannot say. Store paths are named by their place in
 * `paths`, so that a closure of thousands stays small.
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
  /** Bytes of its serialisation: about what its files add up to. */
  readonly narSize: number;
  /** The store paths that its files name, itself not included. */
  readonly references: readonly number[];
}

export interface ContentsLayer extends Descriptor {
  readonly description: string;
  /** None of the root layer's. */
  readonly paths: readonly number[];
}

/** Null for what is no such record, read from a store or an answer. */
export function parseImageContents(value: unknown): ImageContents | null {
  if (!isJsonObject(value)) return null;
  const { packages, paths, layers } = value;
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
