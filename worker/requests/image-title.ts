import { formatImageName } from "../../protocol/image-name.ts";
import { ALL_ARCHITECTURES, type PullRequest } from "../../protocol/image-request.ts";
import { hasLists, type ImageSettings } from "./image-settings.ts";

/** The settings that decide what a name without an architecture stands for. */
export type NameSettings = Pick<ImageSettings, "defaultArchitecture" | "platforms">;

/** The shortest name of an image or a list. It begins with an architecture if the name alone stands for something else. */
export function imageName(
  config: NameSettings,
  { architecture, ...asked }: Omit<PullRequest, "source" | "tag">,
): string {
  const isPlain = architecture === config.defaultArchitecture && !hasLists(config);
  return formatImageName({
    ...asked,
    architecture: isPlain || architecture === ALL_ARCHITECTURES ? undefined : architecture,
  });
}

/** Name and tag, as in a pull. */
export function imageTitle(config: NameSettings, request: PullRequest): string {
  return `${imageName(config, request)}:${request.tag}`;
}
