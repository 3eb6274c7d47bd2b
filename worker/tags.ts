import type { ImageRequest } from "../protocol/image-request.ts";
import { type ManifestFormat, negotiateFormat } from "../protocol/media-types.ts";
import { OciError } from "../protocol/oci-error.ts";
import { tagKey } from "../protocol/storage-keys.ts";
import { parseTagRecord, type TagRecord } from "../protocol/tag-record.ts";
import { isImpossibleTag, isSignatureTag } from "../protocol/tag.ts";
import { buildKey, buildPagePath } from "./builds/build-key.ts";
import { type BuildWait, waitForBuild } from "./builds/wait-for-build.ts";
import { MUTABLE } from "./content.ts";
import type { TagEndpoint } from "./endpoint.ts";
import type { Config } from "./environment.ts";
import { logFailure, readableError } from "./errors.ts";
import { endHold, holdFor } from "./hold.ts";
import { limitBuilds } from "./limits.ts";
import { findManifest, type Manifest, manifestResponse, readStoredManifest } from "./manifests.ts";

/** A tag may point elsewhere soon, and what it points to depends on what the client accepts. */
const TAG_HEADERS = { "Cache-Control": MUTABLE, Vary: "Accept" };

/** Serves the image that name and tag stand for; builds it when no store has it. */
export async function answerTag(config: Config, request: Request, endpoint: TagEndpoint): Promise<Response> {
  if (isSignatureTag(endpoint.tag)) throw new OciError("MANIFEST_UNKNOWN", "this image has no signature");
  try {
    if (isImpossibleTag(endpoint.tag)) throw new OciError("MANIFEST_UNKNOWN", `no such tag: ${endpoint.tag}`);
    const image = imageRequest(config, endpoint);
    const format = negotiateFormat(request.headers.get("Accept") ?? undefined);
    const hold = holdFor(config, request);
    const manifest =
      (await findTaggedManifest(config, image, format)) ??
      (await buildManifest(config, image, format, { waitMs: hold.ms, admit: () => limitBuilds(config, request) }));
    if (manifest) return manifestResponse(request, manifest, TAG_HEADERS);
    return endHold(hold, request, buildPagePath(await buildKey(image)));
  } catch (error) {
    throw error instanceof OciError ? readableError(error, request.headers.get("User-Agent")) : error;
  }
}

function imageRequest(config: Config, { name, tag }: TagEndpoint): ImageRequest {
  const architecture = name.architecture ?? config.defaultArchitecture;
  const { packages, image } = name;
  return { source: config.packageSource, tag, architecture, packages, ...(image === undefined ? {} : { image }) };
}

async function findTaggedManifest(
  config: Config,
  image: ImageRequest,
  format: ManifestFormat,
): Promise<Manifest | undefined> {
  const record = await readTagRecord(config, await tagKey(image));
  return record ? findManifest(config, record.manifests[format]) : undefined;
}

/** Null also for a record that cannot be read: a build then writes it anew. */
async function readTagRecord({ kv }: Config, key: string): Promise<TagRecord | null> {
  try {
    return parseTagRecord(await kv.get(key, "json"));
  } catch (error) {
    logFailure(`KV did not answer for ${key}`, error);
    return null;
  }
}

/** Undefined when the build is not done after `wait.waitMs`. */
async function buildManifest(
  config: Config,
  image: ImageRequest,
  format: ManifestFormat,
  wait: BuildWait,
): Promise<Manifest | undefined> {
  const built = await waitForBuild(config, image, wait);
  if (!built) return undefined;
  // KV may go on missing for a minute what it missed a moment ago.
  const manifest = await readStoredManifest(config, built.manifests[format]);
  if (manifest) return manifest;
  throw new OciError("UNAVAILABLE", "the image was built, but its manifest is not stored; pull again", {
    cause: new Error(`${built.manifests[format]} is not in R2 any more`),
  });
}
