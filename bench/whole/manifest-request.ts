import { MEDIA_TYPES } from "../../protocol/media-types.ts";

/** Asks a registry for the manifest of an image by tag. Throws if the registry does not have it. */
export async function requestManifest(host: string, image: string): Promise<{ readonly seconds: number }> {
  const started = performance.now();
  const headers = { Accept: MEDIA_TYPES.oci.manifest };
  const response = await fetch(`http://${host}/v2/${image}/manifests/latest`, { headers });
  const text = await response.text();
  const seconds = (performance.now() - started) / 1000;
  if (!response.ok) throw new Error(`${image} answered ${response.status}: ${text}`);
  return { seconds };
}
