import { IN_TOTO_MEDIA_TYPE } from "../../image/referrers/artifact-types.ts";
import { readContent } from "../../image/verification/read-content.ts";
import { VerificationError } from "../../image/verification/verification-error.ts";
import { verifyStatement } from "../../image/verification/verify-statement.ts";
import { parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { isDigest } from "../../protocol/digest.ts";
import { formatCount } from "../../protocol/format-count.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { blobReader } from "./blob-reader.ts";
import type { ListEntry } from "./fetch-target.ts";
import { fetchDigest } from "./fetched-manifest.ts";
import { fails, type Finding, holds, problemOf } from "./finding.ts";

/** Statements cost a request each. BuildKit writes at most a few for each platform. */
const MAX_STATEMENTS = 20;

/**
 * Checks the statements that BuildKit's tools find in a list: they are about an image of the list. They have no signature of
 * their own. The signature of the list covers them.
 */
export async function checkBuildAttestation(client: RegistryClient, entry: ListEntry): Promise<Finding> {
  const { digest, size, annotations } = entry;
  try {
    const image = annotations?.["vnd.docker.reference.digest"] ?? "";
    const layers = parseArtifactManifest((await fetchDigest(client, digest, size)).text)?.layers ?? [];
    if (!isDigest(image) || layers.length > MAX_STATEMENTS)
      throw new VerificationError("malformed", "it names no image, or has too many statements");
    for (const layer of layers) {
      const bytes = await readContent(blobReader(client), layer);
      if (layer.mediaType === IN_TOTO_MEDIA_TYPE) verifyStatement(bytes, image);
    }
    return holds("document", `${formatCount(layers.length, "statement")} in the list about ${image}`);
  } catch (error) {
    return fails("document", `the statements ${digest} in the list: ${problemOf(error)}`);
  }
}

/** Whether an entry of a list holds statements, and no image. */
export function isBuildAttestation({ annotations }: ListEntry): boolean {
  return annotations?.["vnd.docker.reference.type"] === "attestation-manifest";
}
