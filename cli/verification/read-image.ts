import { type ContentDescriptor, parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { type ImageConfig, parseImageConfig } from "../../protocol/image-config.ts";
import { MAX_MANIFEST_BYTES, parseManifestText } from "../../protocol/manifest.ts";
import { readContent } from "../../image/verification/read-content.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { blobReader } from "./blob-reader.ts";
import type { CheckedManifest } from "./fetched-manifest.ts";

/** An image whose manifest and config are well-formed, and fit each other. Its layers are not read yet. */
export interface ReadImage {
  readonly manifest: CheckedManifest;
  /** Bottom to top. */
  readonly layers: readonly ContentDescriptor[];
  readonly config: ImageConfig;
  /** The config as JSON. */
  readonly configText: string;
}

/** Fetches the config of an image, and compares its digest and size. Throws `VerificationError` and `RegistryError`. */
export async function readImage(client: RegistryClient, manifest: CheckedManifest): Promise<ReadImage> {
  const descriptor = parseManifestText(manifest.text)?.config;
  const layers = parseArtifactManifest(manifest.text)?.layers;
  if (!descriptor || !layers) throw malformed(`${manifest.digest} is no manifest of an image`);
  if (descriptor.size > MAX_MANIFEST_BYTES) throw malformed(`the config has ${descriptor.size} bytes`);
  const bytes = await readContent(blobReader(client), { mediaType: "", ...descriptor });
  const configText = new TextDecoder().decode(bytes);
  const config = parseImageConfig(configText);
  if (!config) throw malformed(`the config ${descriptor.digest} is malformed`);
  if (config.diffIds.length !== layers.length)
    throw malformed(`the manifest has ${layers.length} layers, and the config names ${config.diffIds.length}`);
  return { manifest, layers, config, configText };
}

function malformed(message: string): VerificationError {
  return new VerificationError("malformed", message);
}
