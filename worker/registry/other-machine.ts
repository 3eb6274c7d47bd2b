import { formatImageName } from "../../protocol/image-name.ts";
import { isListRequest, type PullRequest } from "../../protocol/image-request.ts";
import { clientArchitecture } from "../requests/client-machine.ts";
import type { TagEndpoint } from "../requests/endpoint.ts";

/**
 * A note for a client whose machine has another architecture than the image. Undefined if the name chooses the
 * architecture, if the client gets a list to choose from, or if it does not tell its own architecture.
 */
export function otherMachineNote(
  image: PullRequest,
  { name }: Pick<TagEndpoint, "name">,
  { headers }: Request,
): string | undefined {
  if (name.architecture || isListRequest(image)) return undefined;
  const architecture = clientArchitecture(headers.get("User-Agent"));
  if (!architecture || architecture === image.architecture) return undefined;
  const better = formatImageName({ ...name, architecture });
  return `this image is for linux/${image.architecture}, but this machine is linux/${architecture}: pull ${better}`;
}
