import { isStorePath, STORE_DIRECTORY } from "../closure/store-path.ts";
import { isJsonObject, isListOf } from "../../protocol/json-object.ts";
import { metadataJson, type PackageMetadata } from "../facts/package-metadata.ts";
import { readFoundMetadata } from "./found-package.ts";

/** What the package set says about a name. `nix/prepare-image.nix` gives the same outcome for the name. */
export type IndexEntry =
  | {
      readonly kind: "package";
      /** As the package set spells it. */
      readonly attribute: string;
      /** The outputs that an image gets, in the order of the evaluation. */
      readonly paths: readonly string[];
      /** What the package set tells of the package. */
      readonly metadata?: PackageMetadata | undefined;
    }
  /** The attribute is not a package. */
  | { readonly kind: "unsuitable" }
  /** The package is for another platform. */
  | { readonly kind: "foreign" }
  /** The set does not have the name. Only for packages that every image gets if the set has them. */
  | { readonly kind: "absent" }
  /** The evaluation fails. The reason is text for clients, without paths of a machine. */
  | { readonly kind: "failed"; readonly reason: string }
  /** Only an evaluation can tell. */
  | { readonly kind: "open" };

/** The attributes that names of packages can find: the steps of a name have no other characters. */
const ATTRIBUTE = /^[\w.-]{1,255}$/;
/** Longer reasons are cut before they come here. Advice and the name of a package come in addition. */
const MAX_REASON_LENGTH = 4000;
/** nixpkgs' packages have at most a dozen. */
const MAX_PATHS = 1000;
const PLAIN_KINDS = ["unsuitable", "foreign", "absent", "open"] as const;

/**
 * A small JSON value. A package is `["Git", "<hash>-git-2.51"]`: its attribute, then its store paths without their
 * folder. The attribute is "" if it is equal to the name. An object at the end is the package's metadata.
 */
export function entryJson(name: string, entry: IndexEntry): unknown {
  if (entry.kind === "failed") return { failed: entry.reason };
  if (entry.kind !== "package") return entry.kind;
  const paths = entry.paths.map((path) => path.slice(STORE_DIRECTORY.length + 1));
  const metadata = entry.metadata ? [metadataJson(entry.metadata)] : [];
  return [entry.attribute === name ? "" : entry.attribute, ...paths, ...metadata];
}

/** Undefined if the value is no entry. */
export function parseEntry(name: string, value: unknown): IndexEntry | undefined {
  const plain = PLAIN_KINDS.find((kind) => kind === value);
  if (plain !== undefined) return { kind: plain };
  if (isJsonObject(value)) {
    const { failed: reason } = value;
    return typeof reason === "string" && reason.length <= MAX_REASON_LENGTH ? { kind: "failed", reason } : undefined;
  }
  return Array.isArray(value) ? parsePackage(name, value) : undefined;
}

function parsePackage(name: string, value: readonly unknown[]): IndexEntry | undefined {
  const last = value.at(-1);
  const texts = isJsonObject(last) ? value.slice(0, -1) : value;
  if (!isListOf(texts, isText)) return undefined;
  const [spelling, ...words] = texts;
  const metadata = isJsonObject(last) ? readFoundMetadata(last) : undefined;
  const attribute = spelling === "" ? name : spelling;
  const paths = words.map((word) => `${STORE_DIRECTORY}/${word}`);
  const isRight = attribute !== undefined && ATTRIBUTE.test(attribute) && paths.length > 0 && paths.length <= MAX_PATHS;
  return isRight && paths.every(isStorePath)
    ? { kind: "package", attribute, paths, ...(metadata && { metadata }) }
    : undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";
