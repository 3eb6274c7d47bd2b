import { parseContentDescriptors, type ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import { isJsonObject, type JsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { LIST_MEDIA_TYPES } from "../../protocol/media-types.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import type { ImageReference } from "../registry/image-reference.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { type CheckedManifest, fetchDigest, fetchTagged } from "./fetched-manifest.ts";

/** What a reference leads to: an image, or a list of images. */
export interface Target extends CheckedManifest {
  /** Undefined for a single image. */
  readonly list: readonly ListEntry[] | undefined;
}

export interface ListEntry extends ContentDescriptor {
  /** Undefined for statements about an image, and for platforms other than Linux. */
  readonly architecture: string | undefined;
}

/** The lists of Docker's official images have about twenty. */
const MAX_ENTRIES = 100;

/** Throws `RegistryError` and `VerificationError`. */
export async function fetchTarget(client: RegistryClient, reference: ImageReference): Promise<Target> {
  const { digest, target } = reference;
  const manifest = digest === undefined ? await fetchTagged(client, target) : await fetchDigest(client, digest);
  const json = parseJsonObject(manifest.text);
  if (!json) throw new VerificationError("malformed", `${manifest.digest} is no manifest: it is no JSON object`);
  const mediaType = json["mediaType"] ?? manifest.mediaType;
  const isList = Object.values(LIST_MEDIA_TYPES).some((type) => type === mediaType);
  return { ...manifest, list: isList ? listEntries(json) : undefined };
}

function listEntries(json: JsonObject): readonly ListEntry[] {
  const descriptors = parseContentDescriptors(json["manifests"]);
  if (!descriptors || descriptors.length > MAX_ENTRIES)
    throw new VerificationError(
      "malformed",
      `the list of images is malformed, or has more than ${MAX_ENTRIES} entries`,
    );
  const values = jsonMembers(json["manifests"]);
  return descriptors.map((descriptor, place) => ({ ...descriptor, architecture: architectureOf(values[place]) }));
}

function architectureOf(entry: unknown): string | undefined {
  const platform = isJsonObject(entry) ? entry["platform"] : undefined;
  if (!isJsonObject(platform) || platform["os"] !== "linux") return undefined;
  const { architecture } = platform;
  return typeof architecture === "string" ? architecture : undefined;
}
