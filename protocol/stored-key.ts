import { PROBE_KEY } from "./deployment-check.ts";
import { type Digest, sha256Digest } from "./digest.ts";
import { isComponent } from "./image-name.ts";
import { ALL_ARCHITECTURES, isArchitecture } from "./image-request.ts";
import { SWEEP_CLOCK_KEY, SWEEP_LOCK_KEY, SWEEP_PREFIX, SWEEP_STATE_KEY } from "./sweep-state.ts";
import { isRevisionIndexPrefix, LAYER_LIST_KEY, PUBLIC_KEYS_KEY } from "./storage-keys.ts";
import { isTag } from "./tag.ts";

/** What a key of R2 stands for. `storage-keys.ts` makes the keys. */
export type StoredKey =
  | OfKind<DigestKind, { readonly digest: Digest }>
  /** `hash`: 64 hexadecimal digits. */
  | OfKind<HashKind, { readonly hash: string }>
  /** `hash`: the 32 digits of a store path's hash. */
  | OfKind<PathKind, { readonly hash: string }>
  | StoredTagKey
  /** `source`: the hash of the package source. */
  | { readonly kind: "ref"; readonly source: string; readonly ref: string }
  | { readonly kind: "indexed-ref"; readonly settings: string; readonly ref: string }
  /** `prefix`: the `revisionIndexPrefix`. `revision`: its last part. */
  | { readonly kind: "name-index"; readonly prefix: string; readonly revision: string }
  | OfKind<"package-index" | "layer-list" | "public-keys" | "probe" | "collection", unknown>;

/** One type for each kind. */
type OfKind<K extends string, Parts> = { readonly [Each in K]: { readonly kind: Each } & Parts }[K];

export interface StoredTagKey {
  readonly kind: "tag";
  /** The hash of the package source. */
  readonly source: string;
  readonly tag: string;
}

type DigestKind = "blob" | "manifest" | "contents" | "attached" | "pulled";
type HashKind = "trust" | "image" | "request" | "bundle" | "layer";
type PathKind = "closure" | "tree";
export type StoredKind = StoredKey["kind"];

/** Begins all keys of a kind. Two kinds may share a prefix. */
export const STORED_PREFIXES: Readonly<Record<StoredKind, string>> = {
  blob: "blobs/sha256/",
  manifest: "manifests/sha256/",
  contents: "contents/sha256/",
  attached: "attached/sha256/",
  pulled: "pulled/sha256/",
  trust: "trust/",
  image: "images/",
  request: "requests/",
  bundle: "bundles/",
  layer: "layers/",
  closure: "paths/",
  tree: "trees/",
  tag: "tags/",
  ref: "refs/",
  "indexed-ref": "index/",
  "name-index": "index/",
  "package-index": "package-index/",
  "layer-list": LAYER_LIST_KEY,
  "public-keys": PUBLIC_KEYS_KEY,
  probe: PROBE_KEY,
  collection: SWEEP_PREFIX,
};

const DIGEST_KINDS: readonly DigestKind[] = ["blob", "manifest", "contents", "attached", "pulled"];
const HASH_KINDS: readonly HashKind[] = ["trust", "image", "request", "bundle", "layer"];
const PATH_KINDS: readonly PathKind[] = ["closure", "tree"];

const HASH = /^[0-9a-f]{64}$/;
const SOURCE_HASH = /^[0-9a-f]{16}$/;
/** https://nix.dev/manual/nix/2.28/protocols/store-path */
const STORE_PATH_HASH = /^[0-9a-df-np-sv-z]{32}$/;
const NIX_SYSTEM = /^[a-z0-9_]+-linux$/;
const INDEX_OBJECT = /^(?:meta|names|shard-[0-9a-f]{0,8}|own\/[0-9a-f]{64})$/;
const CONDEMNED = /^condemned\/[0-9a-z-]{0,64}$/;
const IMAGE_MARK = "image=";

/** Undefined if Cornice makes no such key. Others may keep objects in the same bucket. */
export function parseStoredKey(key: string): StoredKey | undefined {
  if (key === LAYER_LIST_KEY) return { kind: "layer-list" };
  if (key === PUBLIC_KEYS_KEY) return { kind: "public-keys" };
  if (key === PROBE_KEY) return { kind: "probe" };
  return parseHashed(key) ?? parseNamed(key);
}

/** Keys of a prefix and a hash. */
function parseHashed(key: string): StoredKey | undefined {
  const rest = (kind: StoredKind) =>
    key.startsWith(STORED_PREFIXES[kind]) ? key.slice(STORED_PREFIXES[kind].length) : "";
  const digestKind = DIGEST_KINDS.find((kind) => HASH.test(rest(kind)));
  if (digestKind) return { kind: digestKind, digest: sha256Digest(rest(digestKind)) };
  const hashKind = HASH_KINDS.find((kind) => HASH.test(rest(kind)));
  if (hashKind) return { kind: hashKind, hash: rest(hashKind) };
  const pathKind = PATH_KINDS.find((kind) => STORE_PATH_HASH.test(rest(kind)));
  return pathKind && { kind: pathKind, hash: rest(pathKind) };
}

/** Keys that hold a name, or a text of the operator. */
function parseNamed(key: string): StoredKey | undefined {
  const [first = "", second = "", ...rest] = key.split("/");
  if (key.startsWith(SWEEP_PREFIX)) return isSweepKey(key) ? { kind: "collection" } : undefined;
  if (!SOURCE_HASH.test(second)) return undefined;
  switch (first) {
    case "tags":
      return parseTagParts(second, rest.join("/"));
    case "refs":
      return isRef(rest) ? { kind: "ref", source: second, ref: rest.join() } : undefined;
    case "index":
      return parseIndexParts(second, rest);
    case "package-index":
      return rest.length === 0 ? { kind: "package-index" } : undefined;
    default:
      return undefined;
  }
}

function isSweepKey(key: string): boolean {
  const word = key.slice(SWEEP_PREFIX.length);
  return key === SWEEP_STATE_KEY || key === SWEEP_LOCK_KEY || key === SWEEP_CLOCK_KEY || CONDEMNED.test(word);
}

function parseTagParts(source: string, rest: string): StoredTagKey | undefined {
  const [, architecture, asked = "", tag = ""] = /^([^/]+)\/([^:]+):(.+)$/.exec(rest) ?? [];
  if (!(architecture === ALL_ARCHITECTURES || isArchitecture(architecture)) || !isTag(tag)) return undefined;
  const names = asked.startsWith(IMAGE_MARK) ? [asked.slice(IMAGE_MARK.length)] : asked.split("/");
  return names.every(isComponent) ? { kind: "tag", source, tag } : undefined;
}

/** A ref has no slash, because it is a tag of images. */
function isRef(parts: readonly string[]): boolean {
  return parts.length === 1 && isTag(parts.join());
}

function parseIndexParts(settings: string, parts: readonly string[]): StoredKey | undefined {
  const [revision = "", second = "", ...rest] = parts;
  if (revision === "refs" && rest.length === 0)
    return isRef([second]) ? { kind: "indexed-ref", settings, ref: second } : undefined;
  const prefix = `index/${settings}/${revision}/`;
  const isObject = NIX_SYSTEM.test(second) && INDEX_OBJECT.test(rest.join("/"));
  return isObject && isRevisionIndexPrefix(prefix) ? { kind: "name-index", prefix, revision } : undefined;
}
