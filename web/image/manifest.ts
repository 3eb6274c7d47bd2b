import { type Digest, isDigest } from "../../protocol/digest.ts";
import { isJsonObject } from "../../protocol/json-object.ts";

export interface Descriptor {
  readonly digest: Digest;
  /** Compressed bytes. */
  readonly size: number;
}

/** What the page needs of an image manifest. */
export interface Manifest {
  readonly config: Descriptor;
  /** Bottom to top. */
  readonly layers: readonly Descriptor[];
}

/** Null for what is no image manifest. */
export function parseManifest(value: unknown): Manifest | null {
  if (!isJsonObject(value)) return null;
  const config = parseDescriptor(value["config"]);
  const list = value["layers"];
  if (!config || !Array.isArray(list)) return null;
  const layers = list.flatMap((item: unknown) => parseDescriptor(item) ?? []);
  return layers.length === list.length ? { config, layers } : null;
}

function parseDescriptor(value: unknown): Descriptor | null {
  if (!isJsonObject(value)) return null;
  const { digest, size } = value;
  return typeof digest === "string" && isDigest(digest) && typeof size === "number" ? { digest, size } : null;
}

/** What a client fetches that has nothing yet, but for the manifest itself. */
export function compressedSize({ config, layers }: Manifest): number {
  return layers.reduce((sum, { size }) => sum + size, config.size);
}
