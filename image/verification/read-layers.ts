import {
  type ArtifactManifest,
  type ContentDescriptor,
  parseArtifactManifest,
} from "../../protocol/artifact-manifest.ts";
import { malformed } from "./read-json.ts";

/** Each layer costs a read and a computation. Cornice writes one for each statement and key. */
const MAX_LAYERS = 100;

export function manifestOf(text: string): ArtifactManifest {
  const manifest = parseArtifactManifest(text);
  if (!manifest) throw malformed("manifest", "it is no manifest of documents");
  return manifest;
}

/** The layers of the media type. Other layers are not ours to judge. */
export function layersOfType({ layers }: ArtifactManifest, mediaType: string): readonly ContentDescriptor[] {
  const chosen = layers.filter((layer) => layer.mediaType === mediaType);
  if (chosen.length > MAX_LAYERS) throw malformed("manifest", `it has ${chosen.length} signatures`);
  return chosen;
}
