import { imageManifests, type ImageManifests } from "../../../image/description/manifest.ts";
import { decodeBundle, MAX_BUNDLE_BYTES } from "../../../image/bundles/bundle-record.ts";
import { bundleHash } from "../../../image/bundles/bundle-hash.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { documentsOf } from "../../../image/trust/image-documents.ts";
import type { Layer } from "../../../image/layers/layer.ts";
import { buildWhole } from "../../../origin/builds/build-again.ts";
import { newImage, storedImage } from "../../../origin/builds/named-objects.ts";
import { publish } from "../../../origin/builds/publish.ts";
import { createKnownLists, publishList } from "../../../origin/builds/publish-list.ts";
import { findImage, manifestDigests, writeImage, writeImageRecord } from "../../../origin/builds/stored-image.ts";
import { createBundleStore } from "../../../origin/bundles/bundle-store.ts";
import { ensureBundle } from "../../../origin/bundles/make-bundle.ts";
import { createKnownLayers } from "../../../origin/layers/known-layers.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import type { KvIndex } from "../../../origin/stores/kv-index.ts";
import type { MaintainedStore } from "../../../origin/stores/maintained-store.ts";
import { putRecord, putText, readBytes } from "../../../origin/stores/object-store.ts";
import { createSweepGuard, NO_SWEEPS, type SweepGuard } from "../../../origin/sweeps/sweep-guard.ts";
import { SweepReader } from "../../../origin/sweeps/seen-sweep.ts";
import { attachedRecordJson } from "../../../protocol/attached-record.ts";
import { type Digest, sha256Digest } from "../../../protocol/digest.ts";
import { ALL_ARCHITECTURES, ARCHITECTURES } from "../../../protocol/image-request.ts";
import { imageRecordJson } from "../../../protocol/image-record.ts";
import { MEDIA_TYPES, OCI_INDEX_MEDIA_TYPE } from "../../../protocol/media-types.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { condemnedAmong } from "../../../protocol/sweep-state.ts";
import { treeWith } from "../../image/trees/entries.ts";
import { hexOf, pathOf } from "./bucket.ts";
import type { Turns } from "./turns.ts";

const NEVER = new AbortController().signal;
const RUN = { onEvent: () => {}, signal: NEVER };
const SHAPE = { format: 1, maxStoreLayers: 100, compression: "gzip", popularity: NO_POPULARITY.hash } as const;
const DOCUMENTS = documentsOf({ spdx: '{"a":1}', cyclonedx: '{"b":1}', provenance: '{"c":1}' });
const RESOLVED = { revision: "r1", resolvedAt: "2030-01-01T00:00:00.000Z" };

export interface Place {
  readonly turns: Turns;
  readonly store: MaintainedStore;
  readonly index: KvIndex;
  /** Whether writers look at the state of collections. */
  readonly isGuarded: boolean;
}

function digestOfText(text: string): Digest {
  return sha256Digest(hexOf(text));
}

function layerOf(text: string): Layer {
  return { digest: digestOfText(text), diffId: digestOfText(`${text}, unpacked`), size: text.length };
}

function requestOf(name: string) {
  return { source: "test", tag: "latest", architecture: "amd64", packages: [name] } as const;
}

/** A process that builds, with the real parts that name objects. A layer and its hash are a text. */
export function openOrigin({ turns, store, index, isGuarded }: Place) {
  const now = () => turns.clock.time;
  const sweeps: SweepGuard = isGuarded
    ? createSweepGuard({
        store,
        startTimer() {
          const begun = now();
          return () => now() - begun;
        },
        pause: (ms) => turns.sleep(ms),
      })
    : NO_SWEEPS;
  const blobs = createBlobPresence(store, now);
  sweeps.whenSwept(() => blobs.forgetAll());
  const known = createKnownLayers({ store, blobs, sweeps });
  const bundles = createBundleStore(store, now);
  sweeps.whenSwept(() => bundles.forget());
  const knownLists = createKnownLists();
  sweeps.whenSwept(() => knownLists.clear());
  const trust = { signList: async () => true, documentsOf: async () => DOCUMENTS };
  const lists = { store, index, knownLists, trust };

  async function ensure(hash: string): Promise<Layer> {
    const found = await known.find(hash);
    if (found) return found;
    const layer = layerOf(hash);
    await putText(store, keys.blobKey(layer.digest), hash, "application/octet-stream");
    known.add(hash, layer);
    return layer;
  }

  async function newManifests(name: string, layers: readonly string[], workMs: number, sweep: Watch) {
    await known.learn();
    const stored = await Promise.all(layers.map(ensure));
    await turns.sleep(workMs);
    const contents = { packages: [], paths: [], layers: [] };
    const image = Promise.resolve({
      config: `config of ${name}`,
      layers: stored,
      compression: "gzip",
      contents,
    } as const);
    const admit = (manifests: ImageManifests) => sweep.admit(newImage(manifests), NEVER);
    const manifests = await writeImage({ store, blobs }, image, Promise.resolve(), { admit });
    await known.list(layers);
    return manifests;
  }

  /** The steps of `buildImage`, without Nix. */
  async function build(name: string, layers: readonly string[], workMs = 0) {
    return buildWhole(RUN, async () => {
      const sweep = await sweeps.begin();
      const found = await findImage({ store, blobs }, hexOf(name));
      const manifests = found?.manifests ?? (await newManifests(name, layers, workMs, sweep));
      await sweep.admit(storedImage(manifests), NEVER);
      const record = { manifests: manifestDigests(manifests), ...RESOLVED };
      const writesRecord = !found || found.hasNews;
      await Promise.all([
        publish({ store, index }, requestOf(name), [manifests.oci, manifests.docker], record),
        writesRecord ? writeImageRecord({ store, blobs }, hexOf(name), manifests) : undefined,
      ]);
      return { manifests, record, packages: async () => [] };
    });
  }

  return {
    build,
    /** The steps of `buildList`. */
    list: (name: string, images: Readonly<Record<string, readonly string[]>>, workMs = 0) =>
      buildWhole(RUN, async () => {
        const sweep = await sweeps.begin();
        const built = await Promise.all(
          Object.entries(images).map(async ([each, layers], place) => ({
            request: { ...requestOf(each), architecture: ARCHITECTURES[place] ?? "arm64" },
            ...(await build(each, layers, workMs)),
          })),
        );
        const request = { ...requestOf(name), architecture: ALL_ARCHITECTURES } as const;
        return publishList(
          lists,
          { ...RESOLVED, revision: { revision: "r1" }, request, images: built, leftOut: [] },
          {
            sweep,
            signal: NEVER,
          },
        );
      }),
    async bundle(attribute: string): Promise<void> {
      const path = pathOf(attribute);
      const closure = [{ path, narSize: 1_000_000_000, references: [] }];
      const roots = [{ name: attribute, attribute, path, requested: true }];
      await known.learn();
      const source = (hash: string) => {
        const stored = ensure(hash).then((layer) => ({ ...layer, work: undefined }));
        return { packed: stored, stored };
      };
      await ensureBundle(
        { bundles, shape: SHAPE, popularity: NO_POPULARITY, sweeps },
        {
          package: { attribute, roots, closure },
          paths: {
            layer: () => ({ content: { kind: "entries", entries: [] } }),
            tree: async () => treeWith({}),
          },
          layers: { ensure: ({ hash }) => source(hash) },
          seen: 0,
        },
        { extent: "first", giveWay: async () => {}, signal: NEVER },
      );
    },
  };
}

type Watch = Awaited<ReturnType<SweepGuard["begin"]>>;

/** The steps of the Worker, in its order. It reads the state with its first reads, and hands over what is condemned. */
export function openEdge({ store, index, isGuarded }: Place) {
  async function readState() {
    const { state, condemned } = await new SweepReader(store).read();
    return (digests: readonly Digest[]) => isGuarded && condemnedAmong(state, condemned, digests).length > 0;
  }

  return {
    /** An image of a package that has a bundle, and of no other layer. */
    async assemble(attribute: string): Promise<void> {
      const isCondemned = await readState();
      const hash = await bundleHash([{ attribute, path: pathOf(attribute) }], SHAPE);
      const record = await readBytes(store, keys.bundleKey(hash), MAX_BUNDLE_BYTES);
      const bundle = record && (await decodeBundle(Uint8Array.from(record)));
      if (!bundle) return;
      const layers = [...bundle.solos.values(), ...bundle.rests.values()];
      const text = `config of ${attribute} at the edge`;
      const config = { digest: digestOfText(text), size: text.length };
      const manifests = await imageManifests(config, { layers, compression: "gzip" });
      const both = [manifests.oci, manifests.docker];
      if (isCondemned([...both, config, ...layers].map(({ digest }) => digest))) return;
      await putText(store, keys.blobKey(config.digest), text, MEDIA_TYPES.oci.config);
      await Promise.all(
        both.map(({ digest, json, mediaType }) => putText(store, keys.manifestKey(digest), json, mediaType)),
      );
      const tag = { manifests: manifestDigests(manifests), ...RESOLVED };
      const image = imageRecordJson({ manifests: tag.manifests, seenAt: 0 });
      await putRecord(store, keys.imageKey(hexOf(text)), image);
      await publish({ store, index }, requestOf(`${attribute}-edge`), both, tag);
    },
    /** What stands beside the image of a name. */
    async unpack(name: string): Promise<void> {
      const subject = await manifestAt(store, name);
      const isCondemned = await readState();
      if (!subject) return;
      const bill = `bill of ${subject}`;
      const blob = { digest: digestOfText(bill), size: bill.length };
      const mediaType = MEDIA_TYPES.oci.manifest;
      const artifact = JSON.stringify({ mediaType, config: blob, layers: [blob] });
      const listed = { mediaType, digest: digestOfText(artifact), size: artifact.length, artifactType: "text/spdx" };
      const referrers = JSON.stringify({ mediaType: OCI_INDEX_MEDIA_TYPE, manifests: [listed] });
      if (isCondemned([subject, blob.digest, listed.digest, digestOfText(referrers)])) return;
      await putText(store, keys.blobKey(blob.digest), bill, "text/spdx");
      for (const text of [artifact, referrers])
        await putText(store, keys.manifestKey(digestOfText(text)), text, mediaType);
      const record = attachedRecordJson({ etag: "x", referrers: digestOfText(referrers) });
      await putRecord(store, keys.attachedKey(subject), record);
    },
  };
}

/** What the manifest of a name would be called. */
async function manifestAt(store: MaintainedStore, name: string): Promise<Digest | undefined> {
  const found = await findImage({ store, blobs: createBlobPresence(store, Date.now) }, hexOf(name));
  return found?.manifests.oci.digest;
}
