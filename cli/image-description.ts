import type { Digest } from "../protocol/digest.ts";
import { type ImageConfig, parseImageConfig } from "../protocol/image-config.ts";
import type { Descriptor, Manifest } from "../protocol/manifest.ts";
import { PACKAGES_LABEL, SET_IMAGE_PACKAGES_LABEL } from "../protocol/package-label.ts";

/** The contents of an image, from its manifest and its config. */
export interface ImageDescription {
  readonly config: Descriptor;
  readonly architecture: string;
  /** As the package set spells them. */
  readonly packages: readonly string[];
  /** Bottom to top. */
  readonly layers: readonly DescribedLayer[];
}

export interface DescribedLayer extends Descriptor {
  readonly diffId: Digest;
  /** The name of the layer's store path, or the number of its store paths. */
  readonly contents: string;
}

/** Undefined if the text is not a config, or belongs to another manifest. */
export function describeImage({ config, layers }: Manifest, json: string): ImageDescription | undefined {
  const image = parseImageConfig(json);
  if (image?.architecture === undefined || image.diffIds.length !== layers.length) return undefined;
  const described = layers.flatMap((layer, index) => {
    const diffId = image.diffIds[index];
    return diffId === undefined ? [] : [{ ...layer, diffId, contents: image.layerDescriptions[index] ?? "" }];
  });
  return { config, architecture: image.architecture, packages: packagesOf(image), layers: described };
}

export function imageBytes({ layers }: ImageDescription): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function packagesOf({ labels }: ImageConfig): string[] {
  const packages = labels.get(PACKAGES_LABEL) ?? labels.get(SET_IMAGE_PACKAGES_LABEL) ?? "";
  return packages === "" ? [] : packages.split(" ");
}
