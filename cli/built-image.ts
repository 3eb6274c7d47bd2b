import { type ObjectStore, readText } from "../origin/stores/object-store.ts";
import type { Digest } from "../protocol/digest.ts";
import type { ImageRequest } from "../protocol/image-request.ts";
import { MAX_MANIFEST_BYTES, parseManifestText } from "../protocol/manifest.ts";
import { blobKey, manifestKey } from "../protocol/storage-keys.ts";
import { CliError } from "./cli-error.ts";
import { describeImage, type ImageDescription } from "./image-description.ts";
import { localReference } from "./oci-layout.ts";

/** What there is to know of an image, whether it was built or read from a file. */
export interface InspectedImage extends ImageDescription {
  /** How engines call it. */
  readonly reference?: string | undefined;
  /** What the package source was asked for, and what it stood for. */
  readonly source?: string | undefined;
  readonly tag?: string | undefined;
  readonly revision?: string | undefined;
  readonly manifest: { readonly digest: Digest; readonly size: number };
}

/** An image whose blobs are in a store. */
export interface BuiltImage extends InspectedImage {
  readonly name: string;
  readonly tag: string;
  readonly revision: string;
  readonly manifest: InspectedImage["manifest"] & { readonly text: string };
  readonly store: ObjectStore;
}

interface ReadOptions {
  readonly store: ObjectStore;
  readonly name: string;
  readonly request: ImageRequest;
  readonly manifest: Digest;
  readonly revision: string;
}

/** Reads what a build has written. Throws `CliError` when somebody took a part of it away. */
export async function readBuiltImage(options: ReadOptions): Promise<BuiltImage> {
  const { store, name, request, manifest: digest, revision } = options;
  const text = (await readText(store, manifestKey(digest), MAX_MANIFEST_BYTES)) ?? "";
  const manifest = parseManifestText(text);
  const config = manifest && (await readText(store, blobKey(manifest.config.digest), MAX_MANIFEST_BYTES));
  const description = manifest && describeImage(manifest, config ?? "");
  if (!description) throw new CliError(`the cache is damaged: ${digest} is incomplete; remove it, or use --no-cache`);
  return {
    name,
    reference: localReference(name, request.tag),
    source: request.source,
    tag: request.tag,
    revision,
    manifest: { digest, size: Buffer.byteLength(text), text },
    ...description,
    store,
  };
}
