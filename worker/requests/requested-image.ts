import type { ImageName } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { tagKey } from "../../protocol/storage-keys.ts";
import { isImpossibleTag, isSignatureTag } from "../../protocol/tag.ts";
import { buildKey, buildName, type KeySettings } from "./build-key.ts";
import type { ImageSettings } from "./image-settings.ts";

/** A name and a tag, each parsed. */
export interface NameAndTag {
  readonly name: ImageName;
  readonly tag: string;
}

/** An image that a client asks for, with its keys. No key is computed twice. */
export class RequestedImage {
  readonly request: ImageRequest;
  /** The key of its tag record in KV. */
  readonly tagKey: string;
  readonly #settings: KeySettings;
  #buildName: Promise<string> | undefined;
  #buildKey: Promise<string> | undefined;

  constructor(settings: KeySettings, request: ImageRequest, key: string) {
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

/** An image request with its keys. */
export async function withKeys(settings: KeySettings, request: ImageRequest): Promise<RequestedImage> {
  return new RequestedImage(settings, request, await tagKey(request));
}

/** The settings with which a name and a tag are read. */
export type RequestSettings = ImageSettings & KeySettings;

/** The image that a name and a tag stand for. Throws `MANIFEST_UNKNOWN` for a tag that no image can have. */
export async function requestedImage(config: RequestSettings, named: NameAndTag): Promise<RequestedImage> {
  return withKeys(config, toRequest(config, named));
}

/** Like `requestedImage`, for a tag whose key was read from KV. */
export function listedImage(config: RequestSettings, named: NameAndTag, key: string): RequestedImage {
  return new RequestedImage(config, toRequest(config, named), key);
}

function toRequest(config: ImageSettings, { name, tag }: NameAndTag): ImageRequest {
  if (isSignatureTag(tag) || isImpossibleTag(tag)) throw new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}`);
  const architecture = name.architecture ?? config.defaultArchitecture;
  const { packages, image } = name;
  return { source: config.packageSource, tag, architecture, packages, ...(image === undefined ? {} : { image }) };
}
