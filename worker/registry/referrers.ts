import type { Digest } from "../../protocol/digest.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { OCI_INDEX_MEDIA_TYPE } from "../../protocol/media-types.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { referrersKey } from "../../protocol/storage-keys.ts";
import { jsonResponse, LIST_HEADERS } from "../answers/content.ts";
import type { StoreSettings } from "../stores/store-settings.ts";
import { logFailure } from "../answers/errors.ts";

/**
 * Lists the manifests that refer to a digest, such as signatures. The list may be empty. An undefined subject is a
 * digest of another algorithm than sha256, and nothing refers to it:
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function answerReferrers(
  config: Pick<StoreSettings, "r2">,
  request: Request,
  subject: Digest | undefined,
): Promise<Response> {
  const artifactType = new URL(request.url).searchParams.get("artifactType");
  const all = subject === undefined ? [] : await readReferrers(config, subject);
  const manifests = artifactType === null ? all : all.filter((entry) => isOfType(entry, artifactType));
  return jsonResponse(
    { schemaVersion: 2, mediaType: OCI_INDEX_MEDIA_TYPE, manifests },
    {
      ...LIST_HEADERS,
      "Content-Type": OCI_INDEX_MEDIA_TYPE,
      ...(artifactType === null ? {} : { "OCI-Filters-Applied": "artifactType" }),
    },
  );
}

async function readReferrers({ r2 }: Pick<StoreSettings, "r2">, subject: Digest): Promise<readonly unknown[]> {
  const text = await r2
    .get(referrersKey(subject))
    .then((object) => object?.text())
    .catch((cause: unknown) => {
      throw new OciError("UNAVAILABLE", "the referrers cannot be read now; ask again", { cause });
    });
  if (text === undefined) return [];
  const manifests = parseJsonObject(text)?.["manifests"];
  if (Array.isArray(manifests)) return jsonMembers(manifests);
  logFailure(`the stored referrers of ${subject} are not an index`, text.slice(0, MAX_SHOWN));
  return [];
}

/** Enough of a broken record for the log. */
const MAX_SHOWN = 1000;

function isOfType(entry: unknown, artifactType: string): boolean {
  return isJsonObject(entry) && entry["artifactType"] === artifactType;
}
