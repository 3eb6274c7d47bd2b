import type { ImageName } from "../../protocol/image-name.ts";
import { ALL_ARCHITECTURES, type PullRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { tagKey } from "../../protocol/storage-keys.ts";
import { isImpossibleTag, isSignatureTag } from "../../protocol/tag.ts";
import { buildKey, buildName, type KeySettings } from "./build-key.ts";
import { hasLists, type ImageSettings } from "./image-settings.ts";

/** A name and a tag, each parsed. */
export interface NameAndTag {
  readonly name: ImageName;
  readonly tag: string;
}

/** An image or a list of images that a client asks for, with its keys. No key is computed twice. */
export class RequestedImage {
  readonly request: PullRequest;
  /** The key of its tag record in KV. */
  readonly tagKey: string;
  readonly #settings: KeySettings;
  #buildName: Promise<string> | undefined;
  #buildKey: Promise<string> | undefined;

  constructor(settings: KeySettings, request: PullRequest, key: string) {
    this.#settings = settings;
    this.request = request;
    this.tagKey = key;
  }

  /** The name of its build's object. Only builds need it, so the first call computes it. */
  buildName(): Promise<string> {
    this.#buildName ??= buildName(this.tagKey);
    return this.#buildName;
  }

  /** The key of its build, for addresses. The first call computes it. */
  buildKey(): Promise<string> {
    this.#buildKey ??= this.buildName().then((name) => buildKey(this.#settings, name));
    return this.#buildKey;
  }
}

/** A request with its keys. */
export async function withKeys(settings: KeySettings, request: PullRequest): Promise<RequestedImage> {
  return new RequestedImage(settings, request, await tagKey(request));
}

/** The settings with which a name and a tag are read. */
export type RequestSettings = ImageSettings & KeySettings;

/**
 * What a name and a tag stand for, for a client that takes lists of images or not. Throws `MANIFEST_UNKNOWN` for a tag
 * that no image can have.
 */
export async function requestedImage(
  config: RequestSettings,
  { name, tag }: NameAndTag,
  takesLists = true,
): Promise<RequestedImage> {
  if (isSignatureTag(tag) || isImpossibleTag(tag)) throw new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}`);
  return withKeys(config, { ...requestedName(config, name, architectureOf(config, name, takesLists)), tag });
}

/** A request without its tag. */
export type RequestedName = Omit<PullRequest, "tag">;

/** All that a name may stand for: a list of images, and the image for clients that take no list. */
export function requestedNames(config: ImageSettings, name: ImageName): readonly RequestedName[] {
  const architectures = new Set([true, false].map((takesLists) => architectureOf(config, name, takesLists)));
  return [...architectures].map((architecture) => requestedName(config, name, architecture));
}

/** The images that a name stands for, each by itself. */
export function imagesOfName(config: ImageSettings, name: ImageName): readonly RequestedName[] {
  const architectures = name.architecture === undefined ? config.platforms : [name.architecture];
  return architectures.map((architecture) => requestedName(config, name, architecture));
}

function architectureOf(
  config: ImageSettings,
  { architecture }: ImageName,
  takesLists: boolean,
): PullRequest["architecture"] {
  return architecture ?? (takesLists && hasLists(config) ? ALL_ARCHITECTURES : config.defaultArchitecture);
}

function requestedName(
  { packageSource: source }: ImageSettings,
  { packages, image }: ImageName,
  architecture: PullRequest["architecture"],
): RequestedName {
  return { source, architecture, packages, ...(image === undefined ? {} : { image }) };
}
