import { createHash } from "node:crypto";
import { writeImage } from "../../origin/builds/stored-image.ts";
import { createBlobPresence } from "../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../origin/stores/disk-store.ts";
import { sha256Digest } from "../../protocol/digest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { type BuiltImage, readBuiltImage } from "../../cli/built-image.ts";

const TEXTS = ["git and its libraries", "the root"];
const REQUEST = { source: "test", tag: "latest", architecture: "amd64", packages: ["git"] } as const;

export function digestOf(content: string | Uint8Array) {
  return sha256Digest(createHash("sha256").update(content).digest("hex"));
}

/** Writes a small image into a disk store, as a build does. Its layers are texts. */
export async function storedImage(directory: string): Promise<BuiltImage> {
  const store = createDiskStore(directory);
  const layers = TEXTS.map((text) => ({ digest: digestOf(text), size: text.length }));
  for (const text of TEXTS) {
    await store.put(
      blobKey(digestOf(text)),
      { kind: "bytes", bytes: Buffer.from(text) },
      { contentType: "text/plain" },
    );
  }
  const config = JSON.stringify({
    architecture: "amd64",
    config: { Labels: { "cornice.packages": "git python3Packages.requests" } },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history: [{ created_by: "git-2.51.0" }, { created_by: "a comment", empty_layer: true }, { created_by: "root" }],
  });
  const contents = { packages: [], paths: [], layers: [] };
  const stores = { store, blobs: createBlobPresence(store, Date.now) };
  const image = { config, layers, compression: "gzip", contents } as const;
  const { oci } = await writeImage(stores, Promise.resolve(image), Promise.resolve());
  return readBuiltImage({ store, name: "git", request: REQUEST, manifest: oci.digest, revision: "r1" });
}

export const NEVER = new AbortController().signal;
