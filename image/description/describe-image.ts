import type { Architecture } from "../../protocol/image-name.ts";
import type { ImageContents } from "../../protocol/image-contents.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import type { ImageClosure } from "../closure/image-closure.ts";
import { requestedAttributes } from "../closure/requested-attributes.ts";
import type { DescribedLayer } from "../layers/layer.ts";
import { imageConfig, type ImageConfigInput } from "./image-config.ts";
import { imageContents } from "./image-contents.ts";
import type { ImageLayers } from "./manifest.ts";

interface ImageToDescribe extends Pick<ImageConfigInput, "hasShell" | "hasCertificates"> {
  readonly closure: ImageClosure;
  readonly architecture: Architecture;
  /** Bottom to top. The last one is the root layer. */
  readonly layers: readonly DescribedLayer[];
  readonly compression: LayerCompression;
}

/** An image whose layers have digests, but need not be stored yet. */
export interface DescribedImage extends ImageLayers {
  /** The config, as JSON. */
  readonly config: string;
  readonly contents: ImageContents;
}

/** Describes an image whose layers are known. */
export function describeImage({ closure, layers, compression, ...image }: ImageToDescribe): DescribedImage {
  const packages = requestedAttributes(closure.packages);
  const config = imageConfig({ ...image, packages, options: closure.options, layers });
  return { config, layers, compression, contents: imageContents({ ...closure, layers }) };
}
