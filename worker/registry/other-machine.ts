import { formatImageName } from "../../protocol/image-name.ts";
import { clientArchitecture } from "../requests/client-machine.ts";
import type { TagEndpoint } from "../requests/endpoint.ts";
import type { ImageSettings } from "../requests/image-settings.ts";

/**
 * A note for a client whose machine has another architecture than the image. Undefined if the name chooses the
 * architecture, or if the client does not tell its own.
 */
export function otherMachineNote(
  { defaultArchitecture }: Pick<ImageSettings, "defaultArchitecture">,
  { name }: Pick<TagEndpoint, "name">,
  { headers }: Request,
): string | undefined {
  if (name.architecture) return undefined;
  const architecture = clientArchitecture(headers.get("User-Agent"));
  if (!architecture || architecture === defaultArchitecture) return undefined;
  const better = formatImageName({ ...name, architecture });
  return `this image is for linux/${defaultArchitecture}, but this machine is linux/${architecture}: pull ${better}`;
}
