import pLimit from "p-limit";
import type { JsonContent } from "../../image/referrers/json-content.ts";
import type { StoredManifest } from "../../image/referrers/oci-manifest.ts";
import { Recent } from "../../protocol/recent.ts";
import { blobKey, manifestKey } from "../../protocol/storage-keys.ts";
import { type ObjectStore, putText } from "../stores/object-store.ts";
import { allDone } from "../system/all-done.ts";

const WRITES_AT_ONCE = 16;
/** Artifacts share their empty config. Each use makes it the newest again, so it is not forgotten. */
const MAX_REMEMBERED = 1000;
/** If somebody empties the bucket, the config comes back after a day. */
const REMEMBERED_MS = 86_400_000;

/** Writes blobs, and then the manifests that name them. Nobody finds these manifests before their names are written. */
export class ManifestWriter {
  readonly #store: ObjectStore;
  readonly #written = new Recent<true>(MAX_REMEMBERED, REMEMBERED_MS);

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async write(manifests: readonly StoredManifest[]): Promise<void> {
    const slot = pLimit(WRITES_AT_ONCE);
    const distinct = new Map(manifests.flatMap(({ blobs }) => blobs.map((blob) => [blob.digest, blob])));
    await allDone([...distinct.values()].map((blob) => slot(() => this.#writeBlob(blob))));
    await allDone(
      manifests.map(({ manifest: { digest, json, mediaType } }) =>
        slot(() => putText(this.#store, manifestKey(digest), json, mediaType)),
      ),
    );
  }

  async #writeBlob({ digest, json, mediaType }: JsonContent): Promise<void> {
    if (!this.#written.get(digest)) await putText(this.#store, blobKey(digest), json, mediaType);
    this.#written.set(digest, true);
  }
}
