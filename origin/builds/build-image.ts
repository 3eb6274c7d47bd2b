import { join } from "node:path";
import type { BuildPhase } from "../../protocol/build-events.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { OciError } from "../../protocol/oci-error.ts";
import { manifestCacheKey, tagKey } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { Config } from "../config.ts";
import { CERTIFICATE_BUNDLE, imageConfig, SHELL_PROGRAM } from "../image/image-config.ts";
import type { ImageManifests } from "../image/manifest.ts";
import { findImage, manifestDigests, writeImage } from "../image/stored-image.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import { type PreparedImage, prepareImage } from "../nix/prepare-image.ts";
import { findInRoots, packageRoots } from "../root/package-roots.ts";
import { resolveSource } from "../sources/revision.ts";
import { withSpoolFolder } from "../spool.ts";
import type { KvIndex } from "../stores/kv-index.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { closureKey } from "./closure-key.ts";
import { ensureImageLayers } from "./image-layers.ts";

export interface BuildContext {
  readonly config: Config;
  /** The environment of Nix and git: no secrets. */
  readonly env: Readonly<Record<string, string>>;
  readonly store: ObjectStore;
  readonly index: KvIndex;
  readonly layers: LayerStore;
}

/** Tells whoever watches how a build gets on. */
export interface BuildReport {
  readonly phase: (phase: BuildPhase) => void;
  readonly log: (line: string) => void;
}

/**
 * Builds the image of a request and publishes it. Throws `OciError` with a message for people when the
 * request cannot be fulfilled; anything else that it throws is an outage or a defect.
 */
export function buildImage(
  context: BuildContext,
  request: ImageRequest,
  report: BuildReport,
  signal: AbortSignal,
): Promise<TagRecord> {
  return withSpoolFolder(context.config.spoolDirectory, (folder) =>
    buildWithin(folder, context, request, report, signal),
  );
}

async function buildWithin(
  folder: string,
  context: BuildContext,
  request: ImageRequest,
  report: BuildReport,
  signal: AbortSignal,
): Promise<TagRecord> {
  const { config, env } = context;
  refuseOtherTags(request);
  report.phase("resolve");
  const resolvedAt = new Date().toISOString();
  const source = await resolveSource(config.source, { urls: config.sourceUrls, env, signal });
  const image = await prepareImage({
    packages: request.packages,
    architecture: request.architecture,
    source,
    nix: config.nix,
    env,
    gcRoot: join(folder, "closure"),
    signal,
    onPhase: report.phase,
    onLog: report.log,
  });
  const manifests = await ensureImage(context, request, image, report, signal);
  report.phase("publish");
  const record = { manifests: manifestDigests(manifests), revision: source.revision, resolvedAt };
  await publish(context.index, await tagKey(request), manifests, record);
  return record;
}

function refuseOtherTags({ tag }: ImageRequest): void {
  if (tag === DEFAULT_TAG) return;
  throw new OciError("MANIFEST_UNKNOWN", `no such tag: ${tag}; this registry serves ${DEFAULT_TAG}`);
}

async function ensureImage(
  { config, store, layers }: BuildContext,
  { architecture }: ImageRequest,
  image: PreparedImage,
  report: BuildReport,
  signal: AbortSignal,
): Promise<ImageManifests> {
  const { maxStoreLayers } = config;
  const key = closureKey({ image, architecture, maxStoreLayers });
  const known = await findImage(store, key);
  if (known) return known;
  report.phase("group");
  const roots = await packageRoots(image);
  report.phase("pack");
  const packed = await ensureImageLayers({
    closure: image.closure,
    roots,
    maxStoreLayers,
    layers,
    onLog: report.log,
    signal,
  });
  const json = imageConfig({
    architecture,
    packages: image.packages
      .filter(({ requested }) => requested)
      .map(({ attribute }) => attribute)
      .toSorted(),
    layers: packed,
    hasShell: (await findInRoots(roots, SHELL_PROGRAM)) !== undefined,
    hasCertificates: (await findInRoots(roots, CERTIFICATE_BUNDLE)) !== undefined,
  });
  return writeImage(store, key, json, packed);
}

/** A tag only after its manifests: whoever finds the tag finds them. */
async function publish(index: KvIndex, key: string, manifests: ImageManifests, record: TagRecord): Promise<void> {
  await index.put(
    [manifests.oci, manifests.docker].map(({ digest, json, mediaType }) => ({
      key: manifestCacheKey(digest),
      value: json,
      metadata: { mediaType },
    })),
  );
  await index.put([{ key, value: JSON.stringify(record) }]);
}
