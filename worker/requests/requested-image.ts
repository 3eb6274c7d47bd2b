import type { ImageName } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { isImpossibleTag, isSignatureTag } from "../../protocol/tag.ts";
import type { Config } from "../settings.ts";

/** A name and a tag, each parsed. */
export interface NameAndTag {
  readonly name: ImageName;
  readonly tag: string;
}

/** The image that a name and a tag stand for. Throws `MANIFEST_UNKNOWN` for a tag that no image can have. */
export function requestedImage(config: Config, { name, tag }: NameAndTag): ImageRequest {
  if (isSignatureTag(tag) || isImpossibleTag(tag)) throw new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}`);
  const architecture = name.architecture ?? config.defaultArchitecture;
  const { packages, image } = name;
  return { source: config.packageSource, tag, architecture, packages, ...(image === undefined ? {} : { image }) };
}
