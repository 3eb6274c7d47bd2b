import { formatImageName } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import type { ImageSettings } from "./image-settings.ts";

/** An image's shortest name. It begins with an architecture only if that is not the default. */
export function imageName(
  { defaultArchitecture }: Pick<ImageSettings, "defaultArchitecture">,
  { architecture, ...asked }: Omit<ImageRequest, "source" | "tag">,
): string {
  return formatImageName({ ...asked, architecture: architecture === defaultArchitecture ? undefined : architecture });
}

/** Name and tag, as in a pull. */
export function imageTitle(config: Pick<ImageSettings, "defaultArchitecture">, image: ImageRequest): string {
  return `${imageName(config, image)}:${image.tag}`;
}
