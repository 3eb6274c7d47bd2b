import { type Digest, digestHex, isDigest } from "../protocol/digest.ts";
import { MAX_NAME_LENGTH } from "../protocol/image-name.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../protocol/json-object.ts";
import { MEDIA_TYPES } from "../protocol/media-types.ts";
import type { Descriptor, Manifest } from "../protocol/manifest.ts";

/** An image to write. Its own bytes do not have its name, tag and revision. */
export interface NamedImage extends Pick<Manifest, "config" | "layers"> {
  readonly manifest: TextBlob;
  readonly name: string;
  readonly tag: string;
  readonly revision: string;
}

/** A blob in memory. */
interface TextBlob extends Descriptor {
  readonly text: string;
}

/** A file of a layout: a text, or a blob of the store. */
export type LayoutFile =
  | { readonly kind: "text"; readonly path: string; readonly text: string }
  | { readonly kind: "blob"; readonly path: string; readonly blob: Descriptor };

/** What `index.json` says about its one image. */
export interface IndexedImage {
  readonly manifest: Digest;
  readonly reference: string | undefined;
  readonly revision: string | undefined;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";
/** `docker load` reads this file in engines without the containerd store. */
export const DOCKER_FILE = "manifest.json";
export const BLOB_FOLDERS = ["blobs", "blobs/sha256"] as const;

/** No registry has this name. So a loaded image never hides an image of a registry. */
const LOCAL_HOST = "localhost";
const TAG_NAME = "org.opencontainers.image.ref.name";
const REVISION = "org.opencontainers.image.revision";
/** Engines with the containerd store, and podman, take the image's name from this annotation. */
const FULL_NAME = "io.containerd.image.name";

/** The name that engines give the image. Undefined if it is too long for engines. */
export function localReference(name: string, tag: string): string | undefined {
  const repository = `${LOCAL_HOST}/${name}`;
  return repository.length > MAX_NAME_LENGTH ? undefined : `${repository}:${tag}`;
}

export function blobPath({ digest }: Pick<Descriptor, "digest">): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** The files of an OCI layout, in the order in which a reader needs them. */
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

/** Undefined if the text is not an index of exactly one image. */
export function parseIndex(json: string): IndexedImage | undefined {
  const [first, second] = jsonMembers(parseJsonObject(json)?.["manifests"]);
  if (!isJsonObject(first) || second !== undefined) return undefined;
  const { digest } = first;
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  const annotations = isJsonObject(first["annotations"]) ? first["annotations"] : {};
  const text = (name: string) => (typeof annotations[name] === "string" ? annotations[name] : undefined);
  return { manifest: digest, reference: text(FULL_NAME), revision: text(REVISION) };
}
