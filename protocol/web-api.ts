import type { Architecture } from "./image-name.ts";
import type { ImageContents } from "./image-contents.ts";
import type { TagRecord } from "./tag-record.ts";

/** What the Worker answers the page under `/api/`, as JSON; errors are as on `/v2/`: `{ errors: [{ code, message }] }`. */

/** `GET /api/registry` */
export interface RegistryInfo {
  /** The package source, in the words of `PACKAGE_SOURCE`. */
  readonly source: string;
  /** What an image is for when its name does not say. */
  readonly defaultArchitecture: Architecture;
  readonly maxPackages: number;
  /** Whether images that others pulled may be listed. */
  readonly catalog: boolean;
  /** Whether pulling takes a user name and a password. */
  readonly needsLogin: boolean;
}

/** `GET /api/images/<name>?tag=latest` */
export interface ImageInfo {
  /** The name as the registry writes it: packages sorted, each once. */
  readonly name: string;
  readonly tag: string;
  readonly architecture: Architecture;
  /** Names its build: `/builds/<key>`. Undefined where nothing was built. */
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
}

/** `POST /api/builds`: begins, or joins, a build. Answered with 202 and `BuildStarted`. */
export interface BuildOrderBody {
  /** As in a pull: `shell/git`. */
  readonly name: string;
  readonly tag: string;
}

export interface BuildStarted {
  readonly key: string;
}

/**
 * `GET /api/popular`: the most pulled images, as `shell/git`, or `git:v1` where the tag is not `latest`; 404 where the
 * registry does not list its images.
 */
export interface PopularImages {
  readonly images: readonly string[];
}
