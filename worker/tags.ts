import type { ImageRequest } from "../protocol/image-request.ts";
import { type ManifestFormat, negotiateFormat } from "../protocol/media-types.ts";
import { OciError } from "../protocol/oci-error.ts";
import { tagKey } from "../protocol/storage-keys.ts";
import { parseTagRecord, type TagRecord } from "../protocol/tag-record.ts";
import { isSignatureTag } from "../protocol/tag.ts";
import { requestBuild } from "./builds.ts";
import type { TagEndpoint } from "./endpoint.ts";
import type { Config } from "./environment.ts";
import { logFailure, readableError } from "./errors.ts";
import { findManifest, type Manifest, manifestResponse, readStoredManifest } from "./manifests.ts";

/** A tag may point elsewhere soon, and what it points to depends on what the client accepts. */
const TAG_HEADERS = { "Cache-Control": "public, max-age=60, no-transform", Vary: "Accept" };

/** Lets work go on after its request has been answered or given up. */
type WaitUntil = (work: Promise<unknown>) => void;

/** Serves the image that name and tag stand for; builds it when no store has it. */
export async function answerTag(
  config: Config,
  request: Request,
  endpoint: TagEndpoint,
  waitUntil: WaitUntil,
): Promise<Response> {
  if (isSignatureTag(endpoint.tag)) throw new OciError("MANIFEST_UNKNOWN", "this image has no signature");
  try {
    const image = imageRequest(config, endpoint);
    const format = negotiateFormat(request.headers.get("Accept") ?? undefined);
    const manifest =
      (await findTaggedManifest(config, image, format)) ?? (await buildManifest(config, image, format, waitUntil));
    return manifestResponse(request, manifest, TAG_HEADERS);
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

async function buildManifest(
  config: Config,
  image: ImageRequest,
  format: ManifestFormat,
  waitUntil: WaitUntil,
): Promise<Manifest> {
  const build = requestBuild(config, image);
  // The next request of a client that gave up finds the image built; its failure is told to whoever waits for it.
  waitUntil(build.catch(() => undefined));
  const { manifests } = await build;
  // KV may go on missing for a minute what it missed a moment ago.
  const manifest = await readStoredManifest(config, manifests[format]);
  if (manifest) return manifest;
  throw new OciError("UNAVAILABLE", "the image was built, but its manifest is not stored yet; pull again", {
    cause: new Error(`the origin announced ${manifests[format]}, which is not in R2`),
  });
}
