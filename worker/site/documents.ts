import { PREDICATE_TYPES } from "../../image/attestations/predicate-types.ts";
import {
  CYCLONEDX_MEDIA_TYPE,
  IN_TOTO_MEDIA_TYPE,
  IN_TOTO_PREDICATE_ANNOTATION,
  SPDX_MEDIA_TYPE,
} from "../../image/referrers/artifact-types.ts";
import type { ReferrerEntry } from "../../image/referrers/referrers-index.ts";
import { type ContentDescriptor, parseArtifactManifest } from "../../protocol/artifact-manifest.ts";
import { type Digest, isDigest } from "../../protocol/digest.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { IMAGE_DOCUMENTS, type ImageDocument } from "../../protocol/web-api.ts";
import { BLOB_MEDIA_TYPE } from "../answers/content.ts";
import { logFailure } from "../answers/errors.ts";
import type { RequestContext } from "../requests/request-context.ts";
import { copyToColo } from "../stores/colo-copy.ts";
import { DigestCheck } from "../stores/digest-check.ts";
import { findManifest } from "../stores/manifests.ts";
import { readR2 } from "../stores/r2.ts";
import { findReferrers } from "../stores/referrers.ts";
import type { StoreSettings } from "../stores/store-settings.ts";

type DocumentContext = RequestContext<StoreSettings>;

interface DocumentForm {
  readonly artifactType: string;
  /** An in-toto statement may be about anything. */
  readonly predicateType?: string;
  readonly fileName: string;
}

const FORMS: Readonly<Record<ImageDocument, DocumentForm>> = {
  spdx: { artifactType: SPDX_MEDIA_TYPE, fileName: "sbom.spdx.json" },
  cyclonedx: { artifactType: CYCLONEDX_MEDIA_TYPE, fileName: "sbom.cdx.json" },
  provenance: {
    artifactType: IN_TOTO_MEDIA_TYPE,
    predicateType: PREDICATE_TYPES.provenance,
    fileName: "provenance.json",
  },
};

/** The first artifact in a list of referrers that holds a document of this kind. */
export function entryOf(entries: readonly ReferrerEntry[], kind: ImageDocument): ReferrerEntry | undefined {
  const { artifactType, predicateType } = FORMS[kind];
  return entries.find(
    (entry) =>
      entry.artifactType === artifactType &&
      (predicateType === undefined || entry.annotations?.[IN_TOTO_PREDICATE_ANNOTATION] === predicateType),
  );
}

/** `/api/documents/<digest>/<document>`. `path` is the end of it. Throws `NAME_UNKNOWN` if there is no such document. */
export async function answerDocument(context: DocumentContext, path: string): Promise<Response> {
  const [digest = "", kind, ...more] = path.split("/");
  const wanted = IMAGE_DOCUMENTS.find((each) => each === kind);
  if (!isDigest(digest) || !wanted || more.length > 0) throw documentUnknown();
  const layer = await findDocument(context, digest, wanted);
  if (!layer) throw documentUnknown();
  const { artifactType, fileName } = FORMS[wanted];
  const { body, size } = await openDocument(context, layer.digest);
  return new Response(body, {
    headers: {
      "Content-Type": artifactType,
      "Content-Length": String(size),
      "Content-Disposition": `attachment; filename="${fileName}"`,
      ...context.tiers.headers(),
    },
  });
}

/** The blob of a document. Undefined if the list, the manifest or the layer is missing or damaged. */
async function findDocument(
  context: DocumentContext,
  image: Digest,
  kind: ImageDocument,
): Promise<ContentDescriptor | undefined> {
  const referrers = await findReferrers(context, image);
  const entry = referrers && entryOf(referrers.entries, kind);
  const stored = entry && (await findManifest(context, entry.digest));
  const manifest = stored && parseArtifactManifest(new TextDecoder().decode(stored.bytes));
  return manifest?.subject?.digest === image ? manifest.layers[0] : undefined;
}

interface OpenDocument {
  /** Null for a request that wants no body. */
  readonly body: ReadableStream | null;
  /** In bytes. */
  readonly size: number;
}

async function openDocument(context: DocumentContext, digest: Digest): Promise<OpenDocument> {
  const { config, request, tiers } = context;
  const key = blobKey(digest);
  if (request.method === "HEAD") {
    const head = await tiers.ask("r2", () => readR2(config, async (r2) => (await r2.head(key)) ?? undefined));
    if (!head) throw documentUnknown();
    return { body: null, size: head.size };
  }
  const object = await tiers.ask("r2", () => readR2(config, async (r2) => (await r2.get(key)) ?? undefined));
  if (!object) throw documentUnknown();
  const onDamage = async () => logFailure(`the document ${digest} is damaged`, undefined);
  const check = { begin: () => new DigestCheck(digest), onDamage };
  const { body } = copyToColo(context, key, object, { mediaType: BLOB_MEDIA_TYPE, check });
  return { body, size: object.size };
}

function documentUnknown(): OciError {
  return new OciError("NAME_UNKNOWN", "this registry has no such document about an image");
}
