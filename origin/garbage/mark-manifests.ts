import { isStorePath, storePathHash } from "../../image/closure/store-path.ts";
import { trustId } from "../../image/trust/trust-id.ts";
import { parseAttachedRecord } from "../../protocol/attached-record.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { attachedKey, contentsKey, manifestKey } from "../../protocol/storage-keys.ts";
import type { Marking } from "./marking.ts";
import { namesOfManifest } from "./named-manifests.ts";
import { orMissing, readParsed, readWhole, Unreadable } from "./read-object.ts";

/** As the describer of images. Bytes. */
const MAX_CONTENTS_BYTES = 16_777_216;
/** An attached record has an etag and three digests. Bytes. */
const MAX_ATTACHED_BYTES = 4096;

/**
 * Marks a manifest, and all that it leads to: the images of a list, what describes them, what stands beside them, and their
 * blobs. A manifest that is missing leads to nothing.
 */
export async function markManifest(marking: Marking, root: Digest): Promise<void> {
  if (marking.marks.manifests.add(digestHex(root))) await markAgain(marking, root);
}

/** The same for a manifest that may have a mark already. */
export async function markAgain(marking: Marking, root: Digest): Promise<void> {
  const { manifests } = marking.marks;
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const led = (await markOne(marking, next).catch(marking.problems.note)) ?? [];
    waiting.push(...led.filter((digest) => manifests.add(digestHex(digest))));
  }
}

/** Returns the manifests that this one leads to. */
async function markOne(marking: Marking, digest: Digest): Promise<readonly Digest[]> {
  const { store, marks } = marking;
  const key = manifestKey(digest);
  const bytes = await readWhole(store, key, MAX_MANIFEST_BYTES);
  if (!bytes) return [];
  const text = bytes.toString("utf8");
  const names = namesOfManifest(text);
  if (!names) throw new Unreadable(key);
  for (const blob of names.blobs) marks.blobs.add(digestHex(blob));
  marks.trust.add(await trustId(digest, text));
  await markContents(marking, digest);
  return [...names.manifests, ...(await attachedManifests(marking, digest))];
}

/** Contents lead to facts, which can be made again. */
async function markContents({ store, marks, subjects }: Marking, manifest: Digest): Promise<void> {
  if (!subjects.contents.has(digestHex(manifest))) return;
  const record = { key: contentsKey(manifest), maxBytes: MAX_CONTENTS_BYTES };
  const contents = await readParsed(store, record, parseImageContents).catch(orMissing);
  for (const { path } of contents?.paths ?? [])
    if (isStorePath(path)) marks.names.add("store-path", storePathHash(path));
}

async function attachedManifests({ store, subjects }: Marking, subject: Digest): Promise<readonly Digest[]> {
  if (!subjects.attached.has(digestHex(subject))) return [];
  const record = { key: attachedKey(subject), maxBytes: MAX_ATTACHED_BYTES };
  const attached = await readParsed(store, record, parseAttachedRecord);
  if (!attached) return [];
  const { referrers, signatures, attestations } = attached;
  return [referrers, signatures, attestations].filter((digest) => digest !== undefined);
}
