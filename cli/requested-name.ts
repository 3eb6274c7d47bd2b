import { hostArchitecture } from "../origin/nix/system.ts";
import { type Architecture, parseImageName } from "../protocol/image-name.ts";
import { ALL_ARCHITECTURES, type ImageRequest, type PullRequest } from "../protocol/image-request.ts";
import { asUsage, refuse } from "./cli-error.ts";

export interface RequestedName {
  /** As it was typed. */
  readonly text: string;
  readonly packages: readonly string[];
  /** The name of an image that the package set itself defines. */
  readonly image?: string;
  /** If undefined, the architecture of this machine. */
  readonly architecture: Architecture | undefined;
}

/** The highest limit that a setting can have. The build checks the limit of this machine's settings. */
const MAX_PACKAGES = 255;
/** A registry's address with a port or a scheme, an image's name, and perhaps a tag. */
const WITH_REGISTRY = /^(?:\w+:\/\/[^/]+|(?:[\w.-]+|\[[\da-f:]+\]):\d+)\/([^:]+)(?::(.+))?$/i;

/** How a user writes a tag beside a name. */
interface TagSpelling {
  /** Stands between the name and the tag. */
  readonly before: string;
  readonly hint: string;
}

const OPTION: TagSpelling = { before: " --tag ", hint: "use --tag TAG for a tag" };

/** Throws `UsageError`. */
export function parseName(text: string, spelling = OPTION): RequestedName {
  const [, image = "", tag] = WITH_REGISTRY.exec(text) ?? [];
  if (image !== "") {
    const advice = tag === undefined ? image : `${image}${spelling.before}${tag}`;
    refuse(`${JSON.stringify(text)} names a registry, and this command needs none; use ${advice}`);
  }
  if (text.includes(":")) refuse(`${JSON.stringify(text)} has a ":"; ${spelling.hint}`);
  return { text, ...asUsage(() => parseImageName(text, MAX_PACKAGES)) };
}

/** The request of a pull of this name. */
export function requestOf(
  { packages, image, architecture = hostArchitecture() }: Omit<RequestedName, "text">,
  { source, tag }: Pick<ImageRequest, "source" | "tag">,
): ImageRequest {
  return { source, tag, architecture, packages, ...(image === undefined ? {} : { image }) };
}

/** The request of a pull of this name from a registry where a plain name stands for these platforms. */
export function pullRequestOf(
  name: Omit<RequestedName, "text">,
  { platforms, ...asked }: Pick<ImageRequest, "source" | "tag"> & { readonly platforms: readonly Architecture[] },
): PullRequest {
  const [only, ...others] = platforms;
  const request = requestOf({ ...name, architecture: name.architecture ?? only }, asked);
  return name.architecture === undefined && others.length > 0
    ? { ...request, architecture: ALL_ARCHITECTURES }
    : request;
}
