import pLimit from "p-limit";
import { distinctManifests } from "../../image/description/manifest.ts";
import type { ImageList } from "../../image/lists/image-list.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, putText } from "../stores/object-store.ts";
import { allDone } from "../system/all-done.ts";
import { debug } from "../system/debug.ts";

const WRITES_AT_ONCE = 16;

/**
 * Writes a list, if the store does not have it. The manifests of its images must be there. The list comes last: a reader that
 * finds it also finds everything that it names.
 */
export async function writeList(store: ObjectStore, { manifests, attestations }: ImageList): Promise<void> {
  const lists = distinctManifests(manifests);
  const heads = await Promise.all(lists.map(({ digest }) => store.head(manifestKey(digest))));
  debug(() => `list ${manifests.oci.digest}: ${heads.every(Boolean) ? "known" : "new"}`);
  if (heads.every(Boolean)) return;
  const slot = pLimit(WRITES_AT_ONCE);
  const blobs = new Map(attestations.flatMap((each) => each.blobs.map((blob) => [blob.digest, blob])));
  await allDone(
    [...blobs.values()].map(({ digest, json, mediaType }) =>
      slot(() => putText(store, blobKey(digest), json, mediaType)),
    ),
  );
  for (const step of [attestations.map(({ manifest }) => manifest), lists])
    await allDone(step.map(({ digest, json, mediaType }) => putText(store, manifestKey(digest), json, mediaType)));
}
