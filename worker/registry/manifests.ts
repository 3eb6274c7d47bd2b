import type { Digest } from "../../protocol/digest.ts";
import { contentHeaders, hasMatch, notModified } from "../answers/content.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { findManifest, type Manifest, manifestUnknown } from "../stores/manifests.ts";
import { isPull, markPull, type MarkSettings } from "../pulls/mark-pull.ts";
import type { RequestedRange } from "./range.ts";
import { partResponse, requestedRange, requirePart } from "./range-answers.ts";

/** Serves a manifest by its digest. A missing one is unknown: a digest does not say what to build. */
export async function answerManifest(context: RequestContext<MarkSettings>, digest: Digest): Promise<Response> {
  const manifest = await findManifest(context, digest);
  if (!manifest) throw manifestUnknown(digest);
  if (isPull(context.request, "digest")) markPull(context, digest);
  return manifestResponse(context, manifest);
}

/** The answer with a manifest, or with the part that the client asks for. containerd 2.1 and 2.2 ask for `bytes=0-`. */
export function manifestResponse(
  { request, tiers }: RequestContext,
  manifest: Manifest,
  more: Readonly<Record<string, string>> = {},
): Response {
  const headers = contentHeaders(manifest);
  for (const [name, value] of Object.entries({ ...tiers.headers(), ...more })) headers.set(name, value);
  if (hasMatch(request.headers.get("If-None-Match"), manifest.digest)) return notModified(headers);
  const range = requestedRange(request, manifest.digest);
  return range ? partOfManifest(manifest, headers, range) : new Response(manifest.bytes, { headers });
}

function partOfManifest({ bytes, size }: Manifest, headers: Headers, range: RequestedRange): Response {
  const part = requirePart(range, size);
  return partResponse(new Uint8Array(bytes, part.offset, part.length), headers, part, size);
}
