import { distinctManifests, type ImageManifests } from "../../image/description/manifest.ts";
import { imageList } from "../../image/lists/image-list.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import type { ImageRequest, ListRequest } from "../../protocol/image-request.ts";
import { Recent } from "../../protocol/recent.ts";
import type { LeftOut, ManifestDigests, TagRecord } from "../../protocol/tag-record.ts";
import { allDone } from "../system/all-done.ts";
import type { Revision } from "../sources/revision.ts";
import type { SweepWatch } from "../sweeps/sweep-guard.ts";
import type { ImageTrust } from "../trust/image-trust.ts";
import type { PublishedImage, ResolvedTag } from "./build-image.ts";
import type { BuildRun } from "./build-run.ts";
import { newList } from "./named-objects.ts";
import { publish, type PublishContext } from "./publish.ts";
import { manifestDigests } from "./stored-image.ts";
import { writeList } from "./stored-list.ts";

export interface ListContext extends PublishContext {
  /** Undefined if nobody describes and signs images. */
  readonly trust?: Pick<ImageTrust, "signList" | "documentsOf"> | undefined;
  /** The lists that are stored, in KV and signed, by a hash of what they list. */
  readonly knownLists: Recent<ManifestDigests>;
}

/** The work that a list belongs to. It began before the first image of the list. */
export interface ListRun extends Pick<BuildRun, "signal"> {
  readonly sweep: SweepWatch;
}

/** An image of a list. It is published under its own tag. */
export interface ListedImage extends PublishedImage {
  readonly request: ImageRequest;
}

interface ListToPublish extends Omit<ResolvedTag, "revision"> {
  readonly revision: Pick<Revision, "revision">;
  readonly request: ListRequest;
  /** At least one. */
  readonly images: readonly ListedImage[];
  readonly leftOut: readonly LeftOut[];
}

/** About 5 MB of memory. A list that is forgotten costs a look at the documents of its images. */
const MAX_KNOWN = 10_000;
/** If somebody empties the bucket, lists come back after a day. */
const KNOWN_MS = 86_400_000;

export function createKnownLists(): ListContext["knownLists"] {
  return new Recent(MAX_KNOWN, KNOWN_MS);
}

/**
 * Writes, signs and publishes the list of images. A known list only gets the record of its tag. Throws as `admit` does.
 */
export async function publishList(context: ListContext, list: ListToPublish, run: ListRun): Promise<TagRecord> {
  const { request } = list;
  const hash = await hashOf(list);
  const known = (await run.sweep.isQuiet()) ? context.knownLists.get(hash) : undefined;
  if (known) {
    const record = recordOf(list, known);
    await publish(context, request, [], record);
    return record;
  }
  const manifests = await writtenList(context, list, run);
  const record = recordOf(list, manifestDigests(manifests));
  const [, isSigned] = await allDone([
    publish(context, request, distinctManifests(manifests), record),
    context.trust?.signList({ request, manifests }) ?? true,
  ]);
  if (isSigned) context.knownLists.set(hash, record.manifests);
  return record;
}

async function writtenList(
  context: ListContext,
  { images, leftOut, revision }: ListToPublish,
  { sweep, signal }: ListRun,
): Promise<ImageManifests> {
  const listed = images.map(async ({ request, manifests, packages }) => {
    const documents = await context.trust?.documentsOf({
      request,
      manifests,
      packages,
      revision: revision.revision,
    });
    return { architecture: request.architecture, manifests, spdx: documents?.spdx.json };
  });
  const list = await imageList(await Promise.all(listed), leftOut);
  const named = newList(
    list,
    images.map(({ manifests }) => manifests),
  );
  await sweep.admit(named, signal);
  await writeList(context.store, list);
  return list.manifests;
}

function recordOf({ revision, resolvedAt, leftOut }: ListToPublish, manifests: ManifestDigests): TagRecord {
  return { manifests, revision: revision.revision, resolvedAt, ...(leftOut.length > 0 && { leftOut }) };
}

/** Equal lists have equal images and lack the same, for the same reasons. */
function hashOf({ images, leftOut }: ListToPublish): Promise<string> {
  return sha256Hex(JSON.stringify([images.map(({ record }) => record.manifests), leftOut]));
}
