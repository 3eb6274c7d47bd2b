import type { Digest } from "../protocol/digest.ts";
import { isManifestMediaType } from "../protocol/media-types.ts";
import { OciError } from "../protocol/oci-error.ts";
import { manifestCacheKey, type ManifestMetadata, manifestKey } from "../protocol/storage-keys.ts";
import { type Content, contentHeaders, hasMatch, notModified } from "./content.ts";
import type { Config } from "./environment.ts";
import { logFailure } from "./errors.ts";

export interface Manifest extends Content {
  readonly bytes: ArrayBuffer;
}

/** A manifest by digest is served or unknown: nothing tells what to build for a digest. */
export async function answerManifest(config: Config, request: Request, digest: Digest): Promise<Response> {
  const manifest = await findManifest(config, digest);
  if (!manifest) throw new OciError("MANIFEST_UNKNOWN", `this registry has no manifest ${digest}`);
  return manifestResponse(request, manifest);
}

/** KV is near; R2 is strongly consistent and has what KV does not show yet. */
export async function findManifest(config: Config, digest: Digest): Promise<Manifest | undefined> {
  return (await readCachedManifest(config, digest)) ?? (await readStoredManifest(config, digest));
}

async function readCachedManifest({ kv }: Config, digest: Digest): Promise<Manifest | undefined> {
  try {
    const key = manifestCacheKey(digest);
    const { value, metadata } = await kv.getWithMetadata<ManifestMetadata>(key, "arrayBuffer");
    return value ? toManifest(digest, value, metadata?.mediaType) : undefined;
  } catch (error) {
    logFailure(`KV did not answer for manifest ${digest}`, error);
    return undefined;
  }
}

/** Reads from R2 alone, where a manifest is as soon as its build has ended. */
export async function readStoredManifest({ r2 }: Config, digest: Digest): Promise<Manifest | undefined> {
  const object = await r2.get(manifestKey(digest));
  return object ? toManifest(digest, await object.arrayBuffer(), object.httpMetadata?.contentType) : undefined;
}

/** Clients break on a manifest with a wrong type, so that one without a type counts as lost. */
function toManifest(digest: Digest, bytes: ArrayBuffer, mediaType: unknown): Manifest | undefined {
  if (typeof mediaType === "string" && isManifestMediaType(mediaType)) {
    return { digest, mediaType, size: bytes.byteLength, bytes };
  }
  logFailure(`manifest ${digest} is stored without a manifest's media type`, mediaType);
  return undefined;
}

export function manifestResponse(request: Request, manifest: Manifest, more: HeadersInit = {}): Response {
  const headers = contentHeaders(manifest);
  for (const [name, value] of new Headers(more)) headers.set(name, value);
  if (hasMatch(request.headers.get("If-None-Match"), manifest.digest)) return notModified(headers);
  return new Response(manifest.bytes, { headers });
}
