import { hash } from "node:crypto";
import { createDigestFilter, type DigestFilter } from "../../protocol/digest-filter.ts";
import { createDigestSet, type DigestSet } from "./digest-set.ts";

/** What is kept. A set is never wrong. A filter may take some garbage for kept, which the next collection finds. */
export interface Marks {
  /** For about how many blobs the filters are. At least 1. */
  readonly capacity: number;
  /** Manifests that are kept. All that they name is marked, too. A filter would keep manifests without their blobs. */
  readonly manifests: DigestSet;
  readonly blobs: DigestFilter;
  /** The ids of trust records. */
  readonly trust: DigestSet;
  /** The closure hashes of image records. */
  readonly images: DigestSet;
  /** The MD5 hashes of the request records that lead to these images. */
  readonly requests: DigestSet;
  /** The hashes of bundles. All layers of a bundle are marked, too. */
  readonly bundles: DigestSet;
  readonly names: NameMarks;
}

export type NameKind =
  /** The 32 digits of a store path in a kept image. */
  | "store-path"
  /** The hash of a source, a slash and the tag of a kept image. */
  | "source-tag"
  /** The tag of a kept image. */
  | "tag"
  /** The revision of a kept tag, as it stands in keys. */
  | "revision"
  /** The `revisionIndexPrefix` of an index of names. */
  | "index";

/** Marks for things that have no SHA-256 hash as their name. */
export interface NameMarks {
  add(kind: NameKind, name: string): void;
  has(kind: NameKind, name: string): boolean;
}

/** A layer may hold many store paths. */
const NAMES_PER_BLOB = 4;

/** `blobs`: about how many blobs the bucket has. */
export function createMarks(blobs: number): Marks {
  return {
    capacity: Math.max(blobs, 1),
    manifests: createDigestSet(),
    blobs: createDigestFilter(blobs),
    trust: createDigestSet(),
    images: createDigestSet(),
    requests: createDigestSet(),
    bundles: createDigestSet(),
    names: createNameMarks(blobs * NAMES_PER_BLOB),
  };
}

function createNameMarks(capacity: number): NameMarks {
  const filter = createDigestFilter(capacity);
  return {
    add: (kind, name) => filter.add(hashOf(kind, name)),
    has: (kind, name) => filter.has(hashOf(kind, name)),
  };
}

function hashOf(kind: NameKind, name: string): string {
  return hash("sha256", `${kind} ${name}`);
}
