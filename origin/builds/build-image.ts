import { distinctManifests, type ImageManifests } from "../../image/description/manifest.ts";
import { closureKey, formatKey } from "../../image/keys/closure-key.ts";
import { requestHash } from "../../image/keys/request-key.ts";
import type { HashedPopularity } from "../../image/layers/popularity.ts";
import type { BuildListener } from "../../protocol/build-events.ts";
import { UNKNOWN_CLIENT } from "../../protocol/client-key.ts";
import type { ImageRequest, PullRequest } from "../../protocol/image-request.ts";
import { tagKey } from "../../protocol/storage-keys.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import type { NameIndex } from "../index/indexed-names.ts";
import type { RefNotes } from "../refs/ref-notes.ts";
import type { Bundler } from "../bundles/bundler.ts";
import type { Revision } from "../sources/revision.ts";
import type { ResolveTag } from "../sources/sources.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import { allDone } from "../system/all-done.ts";
import type { SweepGuard, SweepWatch } from "../sweeps/sweep-guard.ts";
import type { ImageTrust } from "../trust/image-trust.ts";
import { withPackages } from "../trust/described-path.ts";
import type { TrustedImage } from "../trust/trusted-image.ts";
import { buildWhole } from "./build-again.ts";
import type { BuildRun } from "./build-run.ts";
import { type ImageContext, imageOfClosure } from "./closure-image.ts";
import { createNameNotes } from "./name-notes.ts";
import { storedImage } from "./named-objects.ts";
import { publish, type PublishContext } from "./publish.ts";
import { type ClosureContext, type ResolvedRequest, withClosure } from "./request-closure.ts";
import { findRequest, writeRequest } from "./request-record.ts";
import type { SharedBuilds } from "./shared-builds.ts";
import { type DescribedListener, findImage, manifestDigests, writeImageRecord } from "./stored-image.ts";

/** The parts of the origin that all builds share. */
export interface BuildContext extends ClosureContext, ImageContext, PublishContext {
  readonly config: ClosureContext["config"] & ImageContext["config"];
  readonly resolveTag: ResolveTag;
  readonly layers: LayerStore;
  readonly sweeps: Pick<SweepGuard, "begin">;
  readonly popularity: HashedPopularity;
  readonly names: Pick<NameIndex, "note" | "find">;
  readonly refs: RefNotes;
  /** Undefined if nobody makes images at the edge. */
  readonly bundler?: Pick<Bundler, "add" | "has"> | undefined;
  /** Undefined if nobody describes and signs images. */
  readonly trust?: Pick<ImageTrust, "begin" | "add" | "knownFacts"> | undefined;
  /** The builds of images that are under way. */
  readonly shared: SharedBuilds<PublishedImage>;
  /** Whether a known image is built again if its packages lack bundles. No known layer is packed again. */
  readonly needsBundles?: boolean | undefined;
}

/**
 * Builds the image of a request and publishes it. Throws an `OciError` with a message for users if the request cannot be
 * fulfilled. Any other error is an outage or a defect. The `client` decides the build's turn.
 */
export async function buildImage(
  context: BuildContext,
  request: ImageRequest,
  onEvent: BuildListener,
  signal: AbortSignal,
  client = UNKNOWN_CLIENT,
): Promise<TagRecord> {
  const run = { onEvent, signal };
  const resolved = await resolveRequest(context, request, run);
  const { record } = await imageAtRevision(context, { request, client, ...resolved }, run);
  return record;
}

/** What a tag stands for now. */
export interface ResolvedTag {
  readonly revision: Revision;
  /** ISO 8601, UTC. */
  readonly resolvedAt: string;
}

/** The first phase of each build. */
export async function resolveRequest(
  context: Pick<BuildContext, "resolveTag">,
  { tag }: Pick<PullRequest, "tag">,
  { onEvent, signal }: BuildRun,
): Promise<ResolvedTag> {
  signal.throwIfAborted();
  onEvent({ event: "phase", phase: "resolve" });
  const resolvedAt = new Date().toISOString();
  const revision = await context.resolveTag(tag);
  signal.throwIfAborted();
  return { revision, resolvedAt };
}

interface ImageAtRevision extends ResolvedTag {
  readonly request: ImageRequest;
  readonly client: string;
}

/** An image that is published. */
export interface PublishedImage {
  readonly manifests: ImageManifests;
  readonly record: TagRecord;
  readonly packages: TrustedImage["packages"];
}

/**
 * Builds an image at a revision and publishes it. If the same image is being built already, for its own tag or for a list,
 * both share the build. The build has two steps: from the request to its closure, and from the closure to the image. A step
 * is skipped if its result is known.
 */
export async function imageAtRevision(
  context: BuildContext,
  image: ImageAtRevision,
  { onEvent, signal }: BuildRun,
): Promise<PublishedImage> {
  const key = `${await tagKey(image.request)} ${image.revision.revision}`;
  return context.shared.run(key, onEvent, (tell) => {
    const run = { onEvent: tell, signal };
    return buildWhole(run, () => buildAndPublish(context, image, run));
  });
}

async function buildAndPublish(
  context: BuildContext,
  { request, client, revision, resolvedAt }: ImageAtRevision,
  run: BuildRun,
): Promise<PublishedImage> {
  const names = createNameNotes(context.names, { request, revision });
  const hash = await hashOf(context, request, revision);
  const [sweep, key] = await Promise.all([
    context.sweeps.begin(),
    revision.isExact ? findRequest(context.store, hash) : undefined,
  ]);
  const resolved = { request, revision, hash, client, names, sweep };
  const image = (await findRequestedImage(context, resolved, key)) ?? (await buildClosure(context, resolved, run));
  run.onEvent({ event: "phase", phase: "publish" });
  const { manifests, writeRecords, attach } = image;
  await sweep.admit(storedImage(manifests), run.signal);
  const record = { manifests: manifestDigests(manifests), revision: revision.revision, resolvedAt };
  const noteRef = async () => {
    await names.done();
    await context.refs.note(request.tag, revision, resolvedAt);
  };
  await allDone([publish(context, request, distinctManifests(manifests), record), writeRecords(), noteRef(), attach()]);
  return { manifests, record, packages: trustedImage(context, resolved, manifests).packages };
}

/** An image whose manifests are stored. */
interface WrittenImage {
  readonly manifests: ImageManifests;
  /** Writes the records by which later builds find the image, if they are not written yet. */
  readonly writeRecords: () => Promise<unknown>;
  /** Ends the work on documents and signatures. For a known image, it only begins that work. Never throws. */
  readonly attach: () => Promise<void>;
}

/** A request that began at some state of the garbage collections. */
interface WatchedRequest extends ResolvedRequest {
  readonly sweep: SweepWatch;
}

/** Finds an image that was built from the same names at the same revision, under any tag. `key`: what the request led to. */
async function findRequestedImage(
  context: BuildContext,
  resolved: WatchedRequest,
  key: string | undefined,
): Promise<WrittenImage | undefined> {
  const known = key === undefined ? undefined : await findImage(context, key);
  if (key === undefined || !known || (context.needsBundles && !(await isBundled(context, resolved)))) return undefined;
  const { manifests, hasNews } = known;
  const writeRecords = async () => (hasNews ? writeImageRecord(context, key, manifests) : undefined);
  return { manifests, writeRecords, attach: attachLater(context, resolved, manifests) };
}

/** Whether all packages of an image have whole bundles. An image that the package set defines needs none. */
async function isBundled({ bundler, names }: BuildContext, { request, revision }: ResolvedRequest): Promise<boolean> {
  if (!bundler || request.image !== undefined) return true;
  const packages = await names.find(request, revision);
  return packages !== undefined && bundler.has(packages);
}

function buildClosure(context: BuildContext, resolved: WatchedRequest, run: BuildRun): Promise<WrittenImage> {
  const { request, revision, hash, sweep } = resolved;
  // The list of known layers comes while Nix works.
  const layers = context.layers.forImage();
  return withClosure(context, resolved, run, async ({ closure, paths, hold, ...rest }) => {
    const described = withPackages(rest.described, closure.packages);
    const key = await closureKey({ image: closure, ...shapeOf(context, request) });
    const { architecture } = request;
    const { trust } = context;
    const known = await findImage(context, key);
    let attach: WrittenImage["attach"] | undefined;
    const onDescribed: DescribedListener = (manifests, contents) => {
      const image = trustedImage(context, resolved, manifests);
      attach = trust?.begin({ ...image, contents, described }).finish;
    };
    const realised = { closure, paths, architecture, layers, onDescribed, sweep };
    const manifests = known?.manifests ?? (await imageOfClosure(context, realised, run));
    // What the package set tells of its packages stands in the index of names.
    const facts = trust && (() => trust.knownFacts(architecture, closure.closure, rest.described));
    context.bundler?.add({ closure, paths, layers, facts, hold });
    const writeRecords = () =>
      allDone([
        known && !known.hasNews ? undefined : writeImageRecord(context, key, manifests),
        revision.isExact ? writeRequest(context.store, hash, key) : undefined,
      ]);
    return { manifests, writeRecords, attach: attach ?? attachLater(context, resolved, manifests) };
  });
}

/** An image that is known may be older than the key. */
function attachLater(
  context: BuildContext,
  resolved: ResolvedRequest,
  manifests: ImageManifests,
): WrittenImage["attach"] {
  return async () => context.trust?.add(trustedImage(context, resolved, manifests));
}

function trustedImage(
  { names }: BuildContext,
  { request, revision }: ResolvedRequest,
  manifests: ImageManifests,
): TrustedImage {
  const packages = async () => (await names.find(request, revision)) ?? [];
  return { request, revision: revision.revision, manifests, packages };
}

async function hashOf(context: BuildContext, request: ImageRequest, { revision, nixpkgs }: Revision): Promise<string> {
  const format = await formatKey(shapeOf(context, request));
  return requestHash({ request, revision, nixpkgs, nixpkgsConfig: context.config.nix.nixpkgsConfig, format });
}

/** What shapes an image beside its closure. */
function shapeOf({ config, popularity }: BuildContext, { architecture }: ImageRequest) {
  const { maxStoreLayers, compression } = config;
  return { architecture, maxStoreLayers, popularity, compression };
}
