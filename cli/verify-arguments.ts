import type { Architecture } from "../protocol/image-name.ts";
import { isArchitecture } from "../protocol/image-request.ts";
import { asUsage, refuse } from "./cli-error.ts";
import { onlyOne, parseOptions } from "./parse-options.ts";
import { type ImageReference, isLoopback, parseReference } from "./registry/image-reference.ts";

export interface VerifyCall {
  readonly command: "verify";
  readonly reference: ImageReference;
  /** If undefined, the key comes from the registry itself. */
  readonly key: KeyPlace | undefined;
  /** If undefined, all platforms of a list. */
  readonly architecture: Architecture | undefined;
  readonly plainHttp: boolean;
  /** If undefined, the user of `docker login`, or none. */
  readonly user: string | undefined;
  /** Whether the layers are read. */
  readonly blobs: boolean;
  readonly rebuild: boolean;
  readonly json: boolean;
}

/** Where the public key is. */
export type KeyPlace = { readonly kind: "file"; readonly path: string } | { readonly kind: "url"; readonly url: URL };

const OPTIONS = {
  key: { type: "string" },
  platform: { type: "string" },
  "insecure-http": { type: "boolean", default: false },
  user: { type: "string" },
  "no-blobs": { type: "boolean", default: false },
  rebuild: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

/** Throws `UsageError`. */
export function parseVerify(args: readonly string[]): VerifyCall {
  const { values, positionals } = parseOptions(args, OPTIONS);
  const text = onlyOne(positionals, "name one image of a registry, such as registry.example/shell/git");
  const reference = asUsage(() => parseReference(text));
  const { key, platform, user, rebuild, json } = values;
  if (rebuild && values["no-blobs"]) refuse("--rebuild compares the layers; leave out --no-blobs");
  const plainHttp = values["insecure-http"] || isLoopback(reference.host);
  return {
    command: "verify",
    reference,
    key: key === undefined ? undefined : parseKeyPlace(key, plainHttp),
    architecture: platform === undefined ? undefined : parsePlatform(platform),
    plainHttp,
    user: user === undefined ? undefined : parseUser(user),
    blobs: !values["no-blobs"],
    rebuild,
    json,
  };
}

function parseKeyPlace(text: string, plainHttp: boolean): KeyPlace {
  if (text === "") refuse("--key has no value: give a file or a URL");
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: "file", path: text };
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return refuse("--key must be a file, or an http or https URL");
  if (url.protocol === "http:" && !plainHttp && !isLoopback(url.host))
    refuse("--key has an http URL: anybody on the way can change the key; use https or a file");
  return { kind: "url", url };
}

function parsePlatform(text: string): Architecture {
  const architecture = text.replace(/^linux\//, "");
  return isArchitecture(architecture)
    ? architecture
    : refuse(`--platform is ${JSON.stringify(text)}; it must be amd64 or arm64`);
}

/** A colon ends the user in HTTP's own form: https://www.rfc-editor.org/rfc/rfc7617#section-2 */
function parseUser(text: string): string {
  return text === "" || text.includes(":") ? refuse("--user must be a name without a colon") : text;
}
