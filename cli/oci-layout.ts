import { type Digest, digestHex, isDigest } from "../protocol/digest.ts";
import { MAX_NAME_LENGTH } from "../protocol/image-name.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../protocol/json-object.ts";
import { MEDIA_TYPES } from "../protocol/media-types.ts";
import type { Descriptor, Manifest } from "../protocol/manifest.ts";

/** An image that is to be written, with what its own bytes do not tell. */
export interface NamedImage extends Pick<Manifest, "config" | "layers"> {
  readonly manifest: TextBlob;
  readonly name: string;
  readonly tag: string;
  readonly revision: string;
}

/** A blob that is in memory. */
interface TextBlob extends Descriptor {
  readonly text: string;
}

/** A file of a layout: its text, or a blob that is elsewhere. */
export type LayoutFile =
  | { readonly kind: "text"; readonly path: string; readonly text: string }
  | { readonly kind: "blob"; readonly path: string; readonly blob: Descriptor };

/** What `index.json` says of the one image in there. */
export interface IndexedImage {
  readonly manifest: Digest;
  readonly reference: string | undefined;
  readonly revision: string | undefined;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";
/** What `docker load` of engines without the containerd store reads. */
export const DOCKER_FILE = "manifest.json";
export const BLOB_FOLDERS = ["blobs", "blobs/sha256"] as const;

/** No registry has this name: what is loaded hides no image of anybody else. */
const LOCAL_HOST = "localhost";
const TAG_NAME = "org.opencontainers.image.ref.name";
const REVISION = "org.opencontainers.image.revision";
/** Engines with the containerd store, and podman, name an image after it. */
const FULL_NAME = "io.containerd.image.name";

/** The name that engines give the image; undefined where it would be longer than they take. */
export function localReference(name: string, tag: string): string | undefined {
  const repository = `${LOCAL_HOST}/${name}`;
  return repository.length > MAX_NAME_LENGTH ? undefined : `${repository}:${tag}`;
}

export function blobPath({ digest }: Pick<Descriptor, "digest">): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** The files of an OCI layout: what a reader needs first comes first. */
export function layoutFiles(image: NamedImage): LayoutFile[] {
  const layers = new Map(image.layers.map((layer) => [layer.digest, layer]));
  return [
    { kind: "text", path: LAYOUT_FILE, text: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    { kind: "text", path: INDEX_FILE, text: indexJson(image) },
    { kind: "text", path: blobPath(image.manifest), text: image.manifest.text },
    blobFile(image.config),
    ...[...layers.values()].map(blobFile),
  ];
}

function blobFile(blob: Descriptor): LayoutFile {
  return { kind: "blob", path: blobPath(blob), blob };
}

/** https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format */
export function dockerManifest(image: NamedImage): LayoutFile {
  const reference = localReference(image.name, image.tag);
  const RepoTags = reference === undefined ? null : [reference];
  const text = JSON.stringify([{ Config: blobPath(image.config), RepoTags, Layers: image.layers.map(blobPath) }]);
  return { kind: "text", path: DOCKER_FILE, text };
}

function indexJson({ manifest, name, tag, revision }: NamedImage): string {
  const reference = localReference(name, tag);
  const annotations = {
    ...(reference === undefined ? {} : { [FULL_NAME]: reference }),
    [TAG_NAME]: tag,
    [REVISION]: revision,
  };
  const { digest, size } = manifest;
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ mediaType: MEDIA_TYPES.oci.manifest, digest, size, annotations }],
  });
}

/** Undefined for what is no index of one image. */
export function parseIndex(json: string): IndexedImage | undefined {
  const [first, second] = jsonMembers(parseJsonObject(json)?.["manifests"]);
  if (!isJsonObject(first) || second !== undefined) return undefined;
  const { digest } = first;
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  const annotations = isJsonObject(first["annotations"]) ? first["annotations"] : {};
  const text = (name: string) => (typeof annotations[name] === "string" ? annotations[name] : undefined);
  return { manifest: digest, reference: text(FULL_NAME), revision: text(REVISION) };
}
