import type { Digest } from "../../protocol/digest.ts";
import { OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";
import { jsonResponse, LIST_HEADERS } from "../answers/content.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { findReferrers } from "../stores/referrers.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

/**
 * Lists the manifests that refer to a digest, such as signatures. The list may be empty. An undefined subject is a
 * digest of another algorithm than sha256, or one that the client may not see. Nothing refers to it:
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function answerReferrers(
  context: RequestContext<StoreSettings>,
  subject: Digest | undefined,
): Promise<Response> {
  const artifactType = new URL(context.request.url).searchParams.get("artifactType");
  const all = (subject && (await findReferrers(context, subject))?.entries) ?? [];
  const manifests = artifactType === null ? all : all.filter((entry) => entry.artifactType === artifactType);
  return jsonResponse(
    { schemaVersion: 2, mediaType: OCI_INDEX_MEDIA_TYPE, manifests },
    {
      ...LIST_HEADERS,
      "Content-Type": OCI_INDEX_MEDIA_TYPE,
      ...(artifactType === null ? {} : { "OCI-Filters-Applied": "artifactType" }),
    },
  );
}
