import { type Digest, digestHex } from "./digest.ts";
import { sha256Hex } from "./hex.ts";
import { ALL_ARCHITECTURES, isArchitecture, type PullRequest } from "./image-request.ts";

/** R2: layers and configs. */
export function blobKey(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** R2: manifest bytes; the object's content type is the manifest's media type. */
export function manifestKey(digest: Digest): string {
  return `manifests/sha256/${digestHex(digest)}`;
}

/** R2: the documents of an image or a list, and their signatures. `image/trust/trust-id.ts` makes the id. */
export function trustKey(trustId: string): string {
  return `trust/${trustId}`;
}

/** R2: where the record under the `trustKey` of an image was unpacked, as the digests of what clients read. */
export function attachedKey(subject: Digest): string {
  return `attached/sha256/${digestHex(subject)}`;
}

/** R2: begins all keys that `pulledKey` makes. */
export const PULLED_PREFIX = "pulled/sha256/";

/** R2: an empty object. It is put when somebody pulls the manifest, but at most once a week. */
export function pulledKey(manifest: Digest): string {
  return `${PULLED_PREFIX}${digestHex(manifest)}`;
}

/** R2: the public halves of the keys that sign, as PEM. */
export const PUBLIC_KEYS_KEY = "keys/cosign.pub";

/** R2: the `ImageContents` of the image that an OCI manifest describes. */
export function contentsKey(manifest: Digest): string {
  return `contents/sha256/${digestHex(manifest)}`;
}

/** R2: the `PackageIndex` of a package source. */
export async function packageIndexKey(source: string): Promise<string> {
  return `package-index/${await sourceHash(source)}`;
}

/** R2: the layers that origins have packed last. */
export const LAYER_LIST_KEY = "layer-list";

/** R2: the prefix of all keys that `layerKey` makes. */
export const OLD_LAYERS_PREFIX = "layers/";

/** R2: the `Layer` of a set of store paths. Older versions wrote one for each layer. */
export function layerKey(hash: string): string {
  return `${OLD_LAYERS_PREFIX}${hash}`;
}

/** R2: the `ManifestDigests` of a closure. */
export function imageKey(closureHash: string): string {
  return `images/${closureHash}`;
}

/** R2: the closure hash that a request's evaluation led to. */
export function requestKey(requestHash: string): string {
  return `requests/${requestHash}`;
}

/** R2: the closure of a store path, by the 32 digits of its hash. */
export function closurePathsKey(storePathHash: string): string {
  return `paths/${storePathHash}`;
}

/** What an index of names depends on. */
export interface NameIndexPlace {
  /** A text that stands for the source and all settings that change outcomes. */
  readonly settings: string;
  readonly revision: string;
  /** Nix's name for the platform. */
  readonly system: string;
}

/** R2: the prefix of all objects of an index of names. It ends with a slash. */
export async function nameIndexPrefix({ system, ...place }: NameIndexPlace): Promise<string> {
  return platformIndexPrefix(await revisionIndexPrefix(place), system);
}

/** R2: the prefix of the indexes of names at a revision, for all platforms. It ends with a slash. */
export async function revisionIndexPrefix({ settings, revision }: Omit<NameIndexPlace, "system">): Promise<string> {
  return `index/${await sourceHash(settings)}/${await revisionWord(revision)}/`;
}

/** How a revision stands in keys. */
export async function revisionWord(revision: string): Promise<string> {
  return KEY_WORD.test(revision) ? revision : sha256Hex(revision);
}

/** R2: the prefix of the index of names for a platform, in Nix's words. `prefix` is a `revisionIndexPrefix`. */
export function platformIndexPrefix(prefix: string, system: string): string {
  return `${prefix}${system}/`;
}

/** Whether a text has the form of a `revisionIndexPrefix`. */
export function isRevisionIndexPrefix(text: string): boolean {
  const [index, hash = "", word = "", end, ...more] = text.split("/");
  return index === "index" && SOURCE_HASH.test(hash) && KEY_WORD.test(word) && end === "" && more.length === 0;
}

/** R2: says that an index is whole, and how many shards it has. */
export function nameIndexMetaKey(prefix: string): string {
  return `${prefix}meta`;
}

/** R2: the entries of the names whose hash begins with these digits. */
export function nameShardKey(prefix: string, digits: string): string {
  return `${prefix}shard-${digits}`;
}

/** R2: the attributes of all sets of an index. */
export function setNamesKey(prefix: string): string {
  return `${prefix}names`;
}

/** R2: the entry of one name, from an evaluation for a pull. */
export async function ownEntryKey(prefix: string, name: string): Promise<string> {
  return `${prefix}own/${await sha256Hex(name)}`;
}

/** R2: the last revision of a ref that had an index. */
export async function indexedRefKey(settings: string, ref: string): Promise<string> {
  return `index/${await sourceHash(settings)}/refs/${ref}`;
}

/** R2: the tree of a store path, by the 32 digits of its hash. `image/trees/tree-record.ts` has the format. */
export function treeKey(storePathHash: string): string {
  return `trees/${storePathHash}`;
}

/** R2: the `RefRecord` of a package source's ref. */
export async function refKey(source: string, ref: string): Promise<string> {
  return `refs/${await sourceHash(source)}/${ref}`;
}

/** R2: what the edge needs of one package. `image/bundles/bundle-hash.ts` makes the hash. */
export function bundleKey(bundleHash: string): string {
  return `bundles/${bundleHash}`;
}

/** KV: manifest bytes, with `ManifestMetadata`. */
export function manifestCacheKey(digest: Digest): string {
  return `manifest/${digest}`;
}

/** KV: the `TagRecord` of a request. The limits of names and tags keep the key under KV's 512 bytes. */
export async function tagKey(request: PullRequest): Promise<string> {
  return `${await tagKeyPrefix(request)}${request.tag}`;
}

/** R2: a copy of the `TagRecord`, for when KV is down or does not show it yet. */
export async function storedTagKey(request: PullRequest): Promise<string> {
  return storedKeyOfTag(await tagKey(request));
}

/** R2: the `storedTagKey` for a known `tagKey`. */
export function storedKeyOfTag(key: string): string {
  return key.replace(/^tag/, "tags");
}

/** KV: the `tagKey` for a known `storedTagKey`. */
export function keyOfStoredTag(key: string): string {
  return key.replace(/^tags/, "tag");
}

/**
 * KV: the prefix of all tags of one image, and of no other image. A package's name has neither a colon nor an equals
 * sign.
 */
export async function tagKeyPrefix({ source, architecture, ...name }: Omit<PullRequest, "tag">): Promise<string> {
  const asked = name.image === undefined ? name.packages.join("/") : `${IMAGE_MARK}${name.image}`;
  return `${await sourceKeyPrefix(source)}${architecture}/${asked}:`;
}

/** Marks an image that the package set defines. Packages have no such mark. */
const IMAGE_MARK = "image=";

/** KV: the prefix of all tags of a package source. It holds a hash, because the source may be a long URL. */
export async function sourceKeyPrefix(source: string): Promise<string> {
  return `tag/${await sourceHash(source)}/`;
}

async function sourceHash(source: string): Promise<string> {
  return (await sha256Hex(source)).slice(0, SOURCE_HASH_LENGTH);
}

/** Reads the name in a tag's key. The key begins with `prefix`, a `sourceKeyPrefix`. Undefined if it is malformed. */
export function parseTagKey(key: string, prefix: string): Omit<PullRequest, "source" | "tag"> | undefined {
  const [, architecture, asked] = /^([^/]+)\/([^:]+):/.exec(key.slice(prefix.length)) ?? [];
  if (asked === undefined || !(architecture === ALL_ARCHITECTURES || isArchitecture(architecture))) return undefined;
  return asked.startsWith(IMAGE_MARK)
    ? { architecture, packages: [], image: asked.slice(IMAGE_MARK.length) }
    : { architecture, packages: asked.split("/") };
}

/** An operator may choose any text as revision. A commit stands in keys as it is. */
const KEY_WORD = /^\w[\w+-]{0,127}$/;

/** 64 bits in hexadecimal. A registry has only a few sources, so their hashes do not collide. */
const SOURCE_HASH_LENGTH = 16;
const SOURCE_HASH = /^[0-9a-f]{16}$/;

/** The metadata that KV holds with a manifest's bytes. */
export interface ManifestMetadata {
  readonly mediaType: string;
}
