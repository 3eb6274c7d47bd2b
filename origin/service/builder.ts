import { FORMAT_VERSION } from "../../image/layers/format-version.ts";
import type { BuildListener } from "../../protocol/build-events.ts";
import type { Digest } from "../../protocol/digest.ts";
import { isListRequest, type PullRequest } from "../../protocol/image-request.ts";
import type { TagRecord } from "../../protocol/tag-record.ts";
import { buildImage, type PublishedImage } from "../builds/build-image.ts";
import { buildList } from "../builds/build-list.ts";
import { createBuildSlots } from "../builds/build-slots.ts";
import { BuildsUnderWay } from "../builds/builds-under-way.ts";
import { createKnownLists } from "../builds/publish-list.ts";
import { Refusals } from "../builds/refusals.ts";
import { SharedBuilds } from "../builds/shared-builds.ts";
import type { BundleListener, Bundler } from "../bundles/bundler.ts";
import { builderIsolation } from "./builder-isolation.ts";
import type { BuilderConfig } from "./config.ts";
import type { KeptBlob } from "../layers/kept-layers.ts";
import { createNameIndex } from "../index/indexed-names.ts";
import { waitForIndex } from "../index/waiting-tags.ts";
import type { StoreListener } from "../disks/store-collector.ts";
import { createLayerStore } from "../layers/layer-store.ts";
import { createLearnedLayers } from "../layers/learned-layers.ts";
import type { LayerWithWork } from "../layers/pack-layer.ts";
import { readPopularity } from "../layers/popularity-file.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { findNixFolder } from "../isolation/programs.ts";
import { readNixFiles } from "../isolation/nix-conf-file.ts";
import { removeOldScratch } from "../isolation/scratch.ts";
import type { CacheListener } from "../nix/prepare-image.ts";
import { nixEnvironment } from "../nix/environment.ts";
import { hostArchitecture } from "../nix/system.ts";
import { createNixNeed, type NixNeed } from "../nix/nix-need.ts";
import type { NixTooOld } from "../nix/nix-too-old.ts";
import { openBundler } from "./open-bundler.ts";
import { openCachedContext, readCaches } from "./open-cached-context.ts";
import { openKept, usable } from "./open-folders.ts";
import { openStoreBound } from "./open-store-bound.ts";
import { openTrust, type TrustOfBuilder } from "./open-trust.ts";
import { createPacker } from "../packing/packer.ts";
import { createRefNotes } from "../refs/ref-notes.ts";
import { localTrees } from "../root/local-trees.ts";
import { createRootReader } from "../root/root-reader.ts";
import { createTreeStore } from "../root/tree-store.ts";
import { ConfigError, type Environment } from "../system/settings.ts";
import { openSources } from "../sources/open-sources.ts";
import { describeSource } from "../sources/package-source.ts";
import { createTagResolver } from "../sources/sources.ts";
import { openSpool } from "../system/spool.ts";
import { createBlobPresence } from "../stores/blob-presence.ts";
import type { SweepStore } from "../sweeps/seen-sweep.ts";
import { createSweepGuard, NO_SWEEPS } from "../sweeps/sweep-guard.ts";
import type { ImageTrust } from "../trust/image-trust.ts";
import type { KvIndex } from "../stores/kv-index.ts";
import type { ObjectStore } from "../stores/object-store.ts";

interface BuilderOptions {
  readonly config: BuilderConfig;
  /** Nix and git get a part of it. */
  readonly env: Environment;
  /** The isolation of Nix's programs. By default, the settings decide. The builder closes it. */
  readonly isolation?: Isolation;
  /** Gets all objects. */
  readonly store: ObjectStore;
  /** The same store, if somebody collects garbage there. */
  readonly swept?: SweepStore | undefined;
  /** `trustMs` of the knowledge about blobs in the store. By default, a week. */
  readonly blobTrustMs?: number;
  /** Gets the published manifests and tags. */
  readonly index: KvIndex;
  /** `onLayer` of the layer store. */
  readonly onLayer?: (layer: LayerWithWork) => void;
  /** `onChange` of the need. */
  readonly onNixNeed?: (unmet: NixTooOld | undefined) => void;
  /** Gets lines for the log. */
  readonly onLine?: (line: string) => void;
  readonly cacheListener?: CacheListener;
  /** Makes the builder collect the garbage of the Nix store, if the settings limit the store. */
  readonly storeBound?: StoreListener | undefined;
  /** Makes the builder write the bundles of the packages that it builds. */
  readonly bundles?: BundleListener | undefined;
  /** Makes the builder describe and sign images. */
  readonly trust?: TrustOfBuilder | undefined;
  /**
   * Whether the images are built for the sake of the bundles. If so, bundles do not wait for builds, and the builder also
   * makes the bundles of known images.
   */
  readonly needsBundles?: boolean;
}

/** A process has one builder. All its builds share the builder's parts and memory. */
export interface Builder {
  /** The isolation of Nix's programs. */
  readonly isolation: Isolation;
  /** Whether this machine has no Nix: only binary caches can give store paths. */
  readonly isWithoutNix: boolean;
  /** Whether the source needs a newer Nix. */
  readonly nixNeed: NixNeed;
  /** Calls `buildImage` or `buildList`. All builds without a client count as builds of one unknown client. */
  build(request: PullRequest, onEvent: BuildListener, client?: string): Promise<TagRecord>;
  /**
   * Opens a layer that is kept on this machine, for a reader that did not find it in the store. The builder forgets
   * that the store had the layer. So the next build that needs it asks the store again, and packs it if it is missing.
   */
  openBlob(digest: Digest): Promise<KeptBlob | undefined>;
  /** Makes bundles behind the builds. Undefined if the options ask for none. */
  readonly bundler: Bundler | undefined;
  /** Describes and signs images. Undefined if the options do not ask for it. */
  readonly trust: Pick<ImageTrust, "finished"> | undefined;
  /** Stops all builds and bundles, and the processes that they started. The builds throw the reason. */
  close(reason: Error): Promise<void>;
}

async function hasNix({ nix }: BuilderConfig, env: Environment): Promise<boolean> {
  return (await findNixFolder(env["PATH"] ?? "", nix.nixBin)) !== undefined;
}

/** Throws `ConfigError` if the popularity file or one of the folders cannot be used. */
export async function createBuilder(options: BuilderOptions): Promise<Builder> {
  const { config, env, store, index, onLayer, onNixNeed = () => {}, onLine = () => {}, cacheListener } = options;
  const { source, sourceAccess: access, sourceUrls: urls, spoolDirectory, indexWaitS } = config;
  const popularity = await readPopularity(config.popularityUrl);
  await usable("CORNICE_SPOOL_DIR", spoolDirectory, () => openSpool(spoolDirectory, Date.now()));
  await usable("CORNICE_SOURCES_DIR", access.directory, () => openSources(access.directory, Date.now()));
  await readNixFiles(config.nix);
  await removeOldScratch();
  const kept = await openKept(config);
  const learned = createLearnedLayers(`${spoolDirectory}-layers`);
  const stop = new AbortController();
  const { signal } = stop;
  const caches = await readCaches(config);
  const { packers: compressors, compression } = config;
  const packer = createPacker({ compressors, compression, startsUnpacking: caches !== undefined });
  // With caches, few roots are read from the disk.
  const rootReader = createRootReader({ startsThread: caches === undefined });
  const blobs = createBlobPresence(store, Date.now, options.blobTrustMs);
  const sweeps = options.swept ? createSweepGuard({ store: options.swept }) : NO_SWEEPS;
  sweeps.whenSwept(() => blobs.forgetAll());
  const isolation = options.isolation ?? builderIsolation(config, env);
  const path = source.kind === "path" ? source.path : undefined;
  const nixNeed = createNixNeed({ isolation, path, onChange: onNixNeed });
  const resolveTag = createTagResolver({
    source,
    access,
    urls,
    env: nixEnvironment(env),
    isolation,
    signal,
    now: Date.now,
  });
  const indexSettings = { source: describeSource(source), nix: config.nix, restrictsPath: access.restrictsPath };
  const names = createNameIndex(store, indexSettings);
  const { maxStoreLayers, maxImageBytes } = config;
  const shape = { format: FORMAT_VERSION, maxStoreLayers, compression, popularity: popularity.hash };
  const trees = createTreeStore(store);
  const parts = { spoolDirectory, store, names, packer, rootReader, trees, cacheListener };
  const cached = caches && openCachedContext({ settings: caches, ...parts });
  const isWithoutNix = options.isolation === undefined && !(await hasNix(config, env));
  if (isWithoutNix && !cached)
    throw new ConfigError(["there is no Nix on PATH, and no binary cache (CORNICE_NIX_SUBSTITUTERS)"]);
  const layers = createLayerStore({ store, blobs, packer, kept, learned, sweeps, spoolDirectory, onLayer });
  void layers.prepare();
  const bound = isWithoutNix ? undefined : openStoreBound({ config, isolation, listener: options.storeBound, signal });
  const underWay = new BuildsUnderWay();
  const { needsBundles } = options;
  const goFirst = needsBundles ? undefined : underWay;
  const bundler =
    options.bundles && openBundler({ ...options.bundles, shape, popularity, store, sweeps, underWay: goFirst, signal });
  const { closures } = cached ?? {};
  const trustParts = { config, popularity, store, isolation: isWithoutNix ? undefined : isolation, closures, signal };
  const trust = options.trust && openTrust({ ...options.trust, ...trustParts });
  const knownLists = createKnownLists();
  for (const memory of [trees, closures, trust]) sweeps.whenSwept(() => memory?.forget());
  sweeps.whenSwept(() => knownLists.clear());
  const bills = trust && (() => trust.bills());
  const refs = createRefNotes(store, { names: indexSettings, shape, maxImageBytes, bills });
  const context = {
    config,
    isolation,
    nixNeed,
    resolveTag:
      indexWaitS === undefined
        ? resolveTag
        : waitForIndex(resolveTag, {
            index: names,
            store,
            settings: indexSettings,
            architecture: hostArchitecture(),
            timeoutMs: 1000 * indexWaitS,
            now: Date.now,
            onGiveUp: onLine,
          }),
    store,
    blobs,
    index,
    layers,
    rootReader,
    localTree: cached?.localTree ?? localTrees(trees, rootReader),
    bundler,
    needsBundles,
    trust,
    popularity,
    names,
    refs,
    refusals: new Refusals(Date.now),
    slots: createBuildSlots(config.maxBuilds),
    shared: new SharedBuilds<PublishedImage>(),
    knownLists,
    sweeps,
    cacheListener,
    cached,
    isWithoutNix,
    keepClosure: bound?.keepClosure,
  };
  return {
    isolation,
    isWithoutNix,
    nixNeed,
    bundler,
    trust,
    async build(request, onEvent, client) {
      try {
        return await underWay.run(() =>
          isListRequest(request)
            ? buildList(context, request, onEvent, signal, client)
            : buildImage(context, request, onEvent, signal, client),
        );
      } catch (error) {
        // The parts of a closed builder fail in many ways. The reason is always the same.
        signal.throwIfAborted();
        throw error;
      } finally {
        bound?.collector?.noteBuild();
      }
    },
    async openBlob(digest) {
      blobs.forget(digest);
      return kept?.open(digest);
    },
    async close(reason) {
      stop.abort(reason);
      await Promise.all([
        packer.close(),
        rootReader.close(),
        isolation.close(),
        bundler?.finished(),
        trust?.finished(),
        bound?.collector?.ended,
      ]);
    },
  };
}
