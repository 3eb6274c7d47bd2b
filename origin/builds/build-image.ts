import { UNKNOWN_CLIENT } from "../../protocol/client-key.ts";
import { join } from "node:path";
import type { BuildPhase, LayerEvent } from "../../protocol/build-events.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { manifestCacheKey, storedTagKey, tagKey } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import type { NixSettings } from "../nix/settings.ts";
import type { PackingSettings } from "../packing/settings.ts";
import type { BuildSettings } from "./settings.ts";
import { imageConfig } from "../../image/description/image-config.ts";
import { imageContents } from "../../image/description/image-contents.ts";
import { distinctManifests, type ImageManifests } from "../../image/description/manifest.ts";
import { findImage, manifestDigests, writeImage } from "./stored-image.ts";
import { groupLayers } from "../../image/layers/group-layers.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import type { Popularity } from "../../image/layers/popularity.ts";
import { NameError } from "../nix/package-problems.ts";
import type { WorkChange } from "../nix/nix-log.ts";
import { prepareImage } from "../nix/prepare-image.ts";
import type { ImageClosure } from "../../image/closure.ts";
import type { RootReader } from "../root/root-reader.ts";
import type { Revision } from "../sources/revision.ts";
import type { ResolveTag } from "../sources/sources.ts";
import { withSpoolFolder } from "../system/spool.ts";
import type { BlobPresence } from "../stores/blob-presence.ts";
import type { KvIndex } from "../stores/kv-index.ts";
import { type ObjectStore, putRecord } from "../stores/object-store.ts";
import type { BuildSlots } from "./build-slots.ts";
import { closureKey } from "../../image/keys/closure-key.ts";
import { ensureImageLayers } from "./image-layers.ts";
import { checkImageSize } from "./image-size.ts";
import { type Refusals, RevisionRefusal } from "./refusals.ts";
import { findRequest, requestHash, writeRequest } from "./request-record.ts";

export interface BuildContext {
  readonly config: Pick<BuildSettings, "maxImageBytes" | "maxStoreLayers"> &
    Pick<PackingSettings, "compression"> & { readonly nix: NixSettings; readonly spoolDirectory: string };
  readonly isolation: Isolation;
  readonly resolveTag: ResolveTag;
  readonly store: ObjectStore;
  readonly blobs: BlobPresence;
  readonly index: KvIndex;
  readonly layers: LayerStore;
  readonly roots: RootReader;
  readonly popularity: Popularity;
  readonly refusals: Refusals;
  readonly slots: BuildSlots;
}

/** Tells whoever watches how a build gets on. */
export interface BuildReport {
  readonly phase: (phase: BuildPhase) => void;
  readonly log: (line: string) => void;
  readonly work?: (change: WorkChange) => void;
  /** A layer of the image is in the store; none is told of an image that was known. */
  readonly layer?: (layer: Omit<LayerEvent, "event">) => void;
}

/**
 * Builds the image of a request and publishes it. Throws `OciError` with a message for people when the
 * request cannot be fulfilled; anything else that it throws is an outage or a defect. `client`: for whom; builds of one
 * client wait for each other, and not for those of others.
 */
export async function buildImage(
  context: BuildContext,
  request: ImageRequest,
  report: BuildReport,
  signal: AbortSignal,
  client = UNKNOWN_CLIENT,
): Promise<TagRecord> {
  signal.throwIfAborted();
  report.phase("resolve");
  const resolvedAt = new Date().toISOString();
  const revision = await context.resolveTag(request.tag);
  signal.throwIfAborted();
  const lookup = { request, revision, hash: hashOf(context, request, revision), client };
  const manifests =
    (await findRequestedImage(context, lookup)) ?? (await evaluateOnce(context, lookup, report, signal));
  report.phase("publish");
  const record = { manifests: manifestDigests(manifests), revision: revision.revision, resolvedAt };
  await publish(context, request, manifests, record);
  return record;
}

/** Names, and the revision in which they are looked up. */
interface Lookup {
  readonly request: ImageRequest;
  readonly revision: Revision;
  /** The request hash. */
  readonly hash: string;
  readonly client: string;
}

/** The image that the same names led to at the same revision, under whichever tag. */
async function findRequestedImage(
  context: BuildContext,
  { revision, hash }: Lookup,
): Promise<ImageManifests | undefined> {
  if (!revision.isExact) return undefined;
  const key = await findRequest(context.store, hash);
  return key === undefined ? undefined : findImage(context, key);
}

/** Names that the revision was seen not to have are not looked up again. */
async function evaluateOnce(
  context: BuildContext,
  lookup: Lookup,
  report: BuildReport,
  signal: AbortSignal,
): Promise<ImageManifests> {
  const { revision, hash } = lookup;
  const known = context.refusals.find(hash);
  if (known) throw known;
  try {
    return await inTurn(context, lookup, report, signal);
  } catch (error) {
    if (!(error instanceof NameError) || !revision.isExact) throw error;
    const refusal = new RevisionRefusal(error, revision.revision);
    context.refusals.add(hash, refusal);
    throw refusal;
  }
}

/** What builds cost comes now: so many at a time. */
function inTurn(
  context: BuildContext,
  lookup: Lookup,
  report: BuildReport,
  signal: AbortSignal,
): Promise<ImageManifests> {
  let hasWaited = false;
  const onWait = (place: number) => {
    if (!hasWaited) report.phase("wait");
    hasWaited = true;
    report.log(`waiting for a turn, at place ${place}`);
  };
  const { client } = lookup;
  return context.slots.run({ client, onWait, signal }, () => evaluateAndBuild(context, lookup, report, signal));
}

function hashOf(context: BuildContext, request: ImageRequest, { revision }: Revision): string {
  const format = imageHash(context, request, { packages: [], closure: [] });
  return requestHash({ request, revision, nixpkgsConfig: context.config.nix.nixpkgsConfig, format });
}

function imageHash({ config, popularity }: BuildContext, { architecture }: ImageRequest, image: ImageClosure): string {
  const { maxStoreLayers, compression } = config;
  return closureKey({ image, architecture, maxStoreLayers, popularity, compression });
}

function evaluateAndBuild(
  context: BuildContext,
  { request, revision, hash }: Lookup,
  report: BuildReport,
  signal: AbortSignal,
): Promise<ImageManifests> {
  const { config, isolation, store } = context;
  return withSpoolFolder(config.spoolDirectory, async (folder) => {
    const source = await revision.fetch();
    const image = await prepareImage({
      packages: request.packages,
      image: request.image,
      architecture: request.architecture,
      source,
      nix: config.nix,
      isolation,
      gcRoot: join(folder, "closure"),
      signal,
      onPhase: report.phase,
      onLog: report.log,
      onWork: report.work,
    });
    checkImageSize(image.closure, config.maxImageBytes);
    const key = imageHash(context, request, image);
    const manifests = await ensureImage(context, { key, image, architecture: request.architecture }, report, signal);
    if (revision.isExact) await writeRequest(store, hash, key);
    return manifests;
  });
}

interface ImageToBuild {
  /** The closure key. */
  readonly key: string;
  readonly image: ImageClosure;
  readonly architecture: Architecture;
}

async function ensureImage(
  context: BuildContext,
  { key, image, architecture }: ImageToBuild,
  report: BuildReport,
  signal: AbortSignal,
): Promise<ImageManifests> {
  const { store, layers, popularity } = context;
  const { maxStoreLayers, compression } = context.config;
  const known = await findImage(context, key);
  if (known) return known;
  report.phase("group");
  const groups = groupLayers({ closure: image.closure, roots: image.packages, popularity, maxStoreLayers });
  report.phase("pack");
  const root = context.roots.read(image);
  const packed = await ensureImageLayers({
    groups,
    root,
    layers,
    compression,
    onLog: report.log,
    onLayer: report.layer,
    signal,
  });
  const { hasShell, hasCertificates } = await root;
  const json = imageConfig({
    architecture,
    packages: image.packages
      .filter(({ requested }) => requested)
      .map(({ attribute }) => attribute)
      .toSorted(),
    options: image.options,
    layers: packed,
    hasShell,
    hasCertificates,
  });
  const contents = imageContents({ ...image, layers: packed });
  return writeImage(store, key, json, { layers: packed, compression, contents });
}

/** A tag only after its manifests: whoever finds the tag finds them. R2 before KV, which shows things later anyway. */
async function publish(
  { index, store }: BuildContext,
  request: ImageRequest,
  manifests: ImageManifests,
  record: TagRecord,
): Promise<void> {
  await index.put(
    distinctManifests(manifests).map(({ digest, json, mediaType }) => ({
      key: manifestCacheKey(digest),
      value: json,
      metadata: { mediaType },
    })),
  );
  await putRecord(store, await storedTagKey(request), record);
  await index.put([{ key: await tagKey(request), value: JSON.stringify(record) }]);
}
