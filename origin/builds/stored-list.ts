import pLimit from "p-limit";
import { distinctManifests, type Manifest } from "../../image/description/manifest.ts";
import type { ImageList } from "../../image/lists/image-list.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, putText } from "../stores/object-store.ts";
import { allDone } from "../system/all-done.ts";
import { debug } from "../system/debug.ts";

const CALLS_AT_ONCE = 16;

interface ListObject extends Pick<Manifest, "json" | "mediaType"> {
  readonly key: string;
}

/**
 * Writes what the store lacks of a list. The manifests of its images must be there. The list comes last: a reader that finds it
 * also finds everything that it names.
 */
export async function writeList(store: ObjectStore, list: ImageList): Promise<void> {
  const lists = distinctManifests(list.manifests).map(manifestObject);
  const missing = await missingIn(store, lists);
  debug(() => `list ${list.manifests.oci.digest}: ${missing.length === 0 ? "known" : "new"}`);
  // A garbage collection that was killed may have left the list, and removed what it names.
  const rest = missing.length === 0 ? (step: readonly ListObject[]) => missingIn(store, step) : undefined;
  for (const step of [...describedBy(list), missing]) await putAll(store, (await rest?.(step)) ?? step);
}

/** What the list names beside its images: blobs, then the manifests of these. */
function describedBy({ attestations }: ImageList): readonly (readonly ListObject[])[] {
  const blobs = attestations.flatMap((each) =>
    each.blobs.map(({ digest, ...blob }) => ({ key: blobKey(digest), ...blob })),
  );
  const distinct = new Map(blobs.map((blob) => [blob.key, blob]));
  return [[...distinct.values()], attestations.map(({ manifest }) => manifestObject(manifest))];
}

function manifestObject({ digest, json, mediaType }: Manifest): ListObject {
  return { key: manifestKey(digest), json, mediaType };
}

async function missingIn(store: ObjectStore, objects: readonly ListObject[]): Promise<readonly ListObject[]> {
  const slot = pLimit(CALLS_AT_ONCE);
  const heads = await Promise.all(objects.map(({ key }) => slot(() => store.head(key))));
  return objects.filter((_, index) => heads[index] === undefined);
}

async function putAll(store: ObjectStore, objects: readonly ListObject[]): Promise<void> {
  const slot = pLimit(CALLS_AT_ONCE);
  await allDone(objects.map(({ key, json, mediaType }) => slot(() => putText(store, key, json, mediaType))));
}
