import type { Architecture } from "./image-name.ts";
import type { Digest } from "./digest.ts";
import type { ImageContents } from "./image-contents.ts";
import type { TagRecord } from "./tag-record.ts";

/** The Worker's JSON answers to the page, under `/api/`. Errors are as on `/v2/`: `{ errors: [{ code, message }] }`. */

/** `GET /api/registry` */
export interface RegistryInfo {
  /** The package source, as `PACKAGE_SOURCE` writes it. Undefined for a guest of a registry with users. */
  readonly source?: string;
  /** The architecture of an image whose name has none, for clients that take no list of images. */
  readonly defaultArchitecture: Architecture;
  /** The architectures that a name without one stands for, the default one among them. */
  readonly platforms: readonly Architecture[];
  /** The architectures that the source has, the default one among them. */
  readonly architectures: readonly Architecture[];
  /** Whether the source has tags beside `latest`. */
  readonly hasTags: boolean;
  readonly maxPackages: number;
  /** Whether the registry lists the images that people pulled. False for a guest of a registry with users. */
  readonly catalog: boolean;
  /** Whether a pull needs a user name and a password. */
  readonly needsLogin: boolean;
}

/** `GET /api/images/<name>?tag=latest` */
export interface ImageInfo {
  /** The name as the registry writes it: packages sorted, each once. */
  readonly name: string;
  readonly tag: string;
  /** The architecture of `built`. */
  readonly architecture: Architecture;
  /** The architectures that the name stands for. With several, it stands for a list of images. */
  readonly platforms: readonly Architecture[];
  /** The record of the list, if the name stands for a list that is built. `built` is one of its images. */
  readonly list?: TagRecord;
  /** The key of its build, for `/builds/<key>`. Undefined if the image is not built. */
  readonly buildKey?: string;
  /** Undefined for an image that was never pulled under this tag. */
  readonly built?: BuiltImage;
}

export interface BuiltImage extends TagRecord {
  /** The OCI manifest, as it is served. */
  readonly manifest: unknown;
  readonly config: unknown;
  /** Undefined for an image that was built before contents were recorded. */
  readonly contents?: ImageContents;
  /** Undefined for an image that nothing refers to. */
  readonly trust?: ImageTrust;
}

/** The documents about an image that people can download. */
export const IMAGE_DOCUMENTS = ["spdx", "cyclonedx", "provenance"] as const;

export type ImageDocument = (typeof IMAGE_DOCUMENTS)[number];

/** What refers to the OCI manifest of an image. The registry has verified the signatures with its own public keys. */
export interface ImageTrust {
  /** The keys that have signed the image: the SHA-256 of each public key's SPKI, in base64. */
  readonly keyIds: readonly string[];
  readonly documents: readonly ImageDocument[];
  /** From the signed provenance. */
  readonly provenance?: ImageProvenance;
}

/** Where the packages of an image come from. */
export interface ImageProvenance {
  readonly source: string;
  /** Undefined if the source has no revisions. */
  readonly revision?: string;
}

/** `GET /api/documents/<digest>/<document>`: the path of a document about an image. `image` is its OCI manifest. */
export function documentPath(image: Digest, document: ImageDocument): string {
  return `/api/documents/${image}/${document}`;
}

/** `POST /api/builds` begins a build, or joins a running one. The answer is 202 with `BuildStarted`. */
export interface BuildOrderBody {
  /** As in a pull: `shell/git`. */
  readonly name: string;
  readonly tag: string;
}

export interface BuildStarted {
  readonly key: string;
}

/**
 * `GET /api/popular`: the most pulled images, for example `shell/git`, or `git:v1` if the tag is not `latest`. The
 * answer is 404 if the registry does not list its images.
 */
export interface PopularImages {
  readonly images: readonly string[];
}
