import { hash } from "node:crypto";
import { isStorePath, storePathHash } from "../../image/closure/store-path.ts";
import { trustId } from "../../image/trust/trust-id.ts";
import { parseAttachedRecord } from "../../protocol/attached-record.ts";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { parseImageContents } from "../../protocol/image-contents.ts";
import { MAX_MANIFEST_BYTES } from "../../protocol/manifest.ts";
import { attachedKey, contentsKey, manifestCacheKey, manifestKey } from "../../protocol/storage-keys.ts";
import type { ReadText } from "./copy-reader.ts";
import type { Marking } from "./marking.ts";
import { namesOfManifest } from "./named-manifests.ts";
import { orMissing, readParsed, Unreadable } from "./read-object.ts";

/** As the describer of images. Bytes. */
const MAX_CONTENTS_BYTES = 16_777_216;
/** An attached record has an etag and three digests. Bytes. */
const MAX_ATTACHED_BYTES = 4096;

/**
 * Marks manifests, and all that they lead to: the images of a list, what describes them, what stands beside them, and their
 * blobs. A manifest that is missing leads to nothing.
 */
export async function markManifests(marking: Marking, roots: readonly Digest[]): Promise<void> {
  await markAgain(
    marking,
    roots.filter((digest) => marking.marks.manifests.add(digestHex(digest))),
  );
}

/** The same for manifests that may have marks already. */
export async function markAgain(marking: Marking, roots: readonly Digest[]): Promise<void> {
  const { copies, marks, problems } = marking;
  for (let level = roots; level.length > 0;) {
    const led: Digest[] = [];
    await copies.forEach(level.map(copiedManifest), MAX_MANIFEST_BYTES, async ({ digest }, read) => {
      led.push(...((await markOne(marking, digest, read).catch(problems.note)) ?? []));
    });
    level = led.filter((digest) => marks.manifests.add(digestHex(digest)));
  }
}

function copiedManifest(digest: Digest) {
  return {
    digest,
    key: manifestKey(digest),
    copyKey: manifestCacheKey(digest),
    isCopy: (text: string) => hash("sha256", text) === digestHex(digest),
  };
}

/** Returns the manifests that this one leads to. */
async function markOne(marking: Marking, digest: Digest, read: ReadText): Promise<readonly Digest[]> {
  const { marks } = marking;
  const text = await read();
  if (text === undefined) return [];
  const names = namesOfManifest(text);
  if (!names) throw new Unreadable(manifestKey(digest));
  for (const blob of names.blobs) marks.blobs.add(digestHex(blob));
  marks.trust.add(await trustId(digest, text));
  await markContents(marking, digest);
  return [...names.manifests, ...(await attachedManifests(marking, digest))];
}

/** Contents lead to facts, which can be made again. */
async function markContents({ store, marks, subjects, reads }: Marking, manifest: Digest): Promise<void> {
  if (!subjects.contents.has(digestHex(manifest))) return;
  const record = { key: contentsKey(manifest), maxBytes: MAX_CONTENTS_BYTES };
  const contents = await reads(() => readParsed(store, record, parseImageContents)).catch(orMissing);
  for (const { path } of contents?.paths ?? [])
    if (isStorePath(path)) marks.names.add("store-path", storePathHash(path));
}

async function attachedManifests({ store, subjects, reads }: Marking, subject: Digest): Promise<readonly Digest[]> {
  if (!subjects.attached.has(digestHex(subject))) return [];
  const record = { key: attachedKey(subject), maxBytes: MAX_ATTACHED_BYTES };
  const attached = await reads(() => readParsed(store, record, parseAttachedRecord));
  if (!attached) return [];
  const { referrers, signatures, attestations } = attached;
  return [referrers, signatures, attestations].filter((digest) => digest !== undefined);
}
