import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";

interface Answer {
  readonly seconds: number;
  /** Of all layers. */
  readonly bytes: number;
  readonly layers: number;
}

/** Asks a registry for the manifest of an image by tag. Throws if the registry does not have it. */
export async function requestManifest(host: string, image: string): Promise<Answer> {
  const started = performance.now();
  const headers = { Accept: MEDIA_TYPES.oci.manifest };
  const response = await fetch(`http://${host}/v2/${image}/manifests/latest`, { headers });
  const text = await response.text();
  const seconds = (performance.now() - started) / 1000;
  if (!response.ok) throw new Error(`${image} answered ${response.status}: ${text}`);
  const layers = jsonMembers(parseJsonObject(text)?.["layers"]);
  const sizes = layers.map((layer) => (isJsonObject(layer) ? Number(layer["size"]) : 0));
  return { seconds, layers: layers.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
