import { type ObjectStore, readText } from "../origin/stores/object-store.ts";
import type { Digest } from "../protocol/digest.ts";
import type { ImageRequest } from "../protocol/image-request.ts";
import { MAX_MANIFEST_BYTES, parseManifestText } from "../protocol/manifest.ts";
import { blobKey, manifestKey } from "../protocol/storage-keys.ts";
import { CliError } from "./cli-error.ts";
import { describeImage, type ImageDescription } from "./image-description.ts";
import { localReference } from "./oci-layout.ts";

/** The facts about an image that was built or read from a file. */
export interface InspectedImage extends ImageDescription {
  /** The name that engines give the image. */
  readonly reference?: string | undefined;
  /** The package source, the tag that was asked for, and the revision that the tag stood for. */
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

/** Reads the image that a build has written. Throws `CliError` if a part of it is missing or damaged. */
export async function readBuiltImage(options: ReadOptions): Promise<BuiltImage> {
  const { store, name, request, manifest: digest, revision } = options;
  const text = (await readText(store, manifestKey(digest), MAX_MANIFEST_BYTES)) ?? "";
  const manifest = parseManifestText(text);
  const config = manifest && (await readText(store, blobKey(manifest.config.digest), MAX_MANIFEST_BYTES));
  const description = manifest && describeImage(manifest, config ?? "");
  if (!description)
    throw new CliError(`the cache is damaged: image ${digest} is incomplete; remove the cache, or use --no-cache`);
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
