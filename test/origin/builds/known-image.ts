import { join } from "node:path";
import type { ImageRequest } from "../../../protocol/image-request.ts";
import type { PublishedImage } from "../../../origin/builds/build-image.ts";
import { createBuildSlots } from "../../../origin/builds/build-slots.ts";
import { Refusals } from "../../../origin/builds/refusals.ts";
import { SharedBuilds } from "../../../origin/builds/shared-builds.ts";
import { closureKey } from "../../../image/keys/closure-key.ts";
import type { EvaluationSettings } from "../../../origin/nix/settings.ts";
import { type BuilderConfig, parseConfig } from "../../../origin/service/config.ts";
import { writeImage, writeImageRecord } from "../../../origin/builds/stored-image.ts";
import { createLayerStore } from "../../../origin/layers/layer-store.ts";
import { withoutIsolation } from "../../../origin/isolation/isolation.ts";
import { NO_POPULARITY } from "../../../image/layers/popularity.ts";
import { createNameIndex } from "../../../origin/index/indexed-names.ts";
import { FORMAT_VERSION } from "../../../image/layers/format-version.ts";
import { createRefNotes } from "../../../origin/refs/ref-notes.ts";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import { createPacker } from "../../../origin/packing/packer.ts";
import { localTrees } from "../../../origin/root/local-trees.ts";
import { createRootReader } from "../../../origin/root/root-reader.ts";
import { createTreeStore } from "../../../origin/root/tree-store.ts";
import { createTagResolver } from "../../../origin/sources/sources.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { createKvIndex } from "../../../origin/stores/kv-index.ts";
import { NO_SWEEPS } from "../../../origin/sweeps/sweep-guard.ts";
import { writeTree } from "../fixtures.ts";
import { writeFakeNix } from "../nix/fake-nix.ts";
import { recordEvents } from "../recorded-events.ts";

const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
export const REQUEST: ImageRequest = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git"] };
export const IMAGE = {
  packages: [{ name: "git", attribute: "git", path: GIT, requested: true }],
  closure: [{ path: GIT, narSize: 1, references: [] }],
};
const DERIVATION = "/nix/store/11111111111111111111111111111111-git-2.51.0.drv";
const FOUND = IMAGE.packages.map((found) => ({ ...found, derivation: DERIVATION, output: "out" }));
export const EVALUATION = { found: FOUND, unknown: [], ambiguous: [], unsuitable: [], foreign: [] };
export const NEVER = new AbortController().signal;

interface NoteSettings extends Pick<BuilderConfig, "maxStoreLayers" | "compression" | "maxImageBytes"> {
  readonly nix: EvaluationSettings;
}

/** The parts of a new origin that write what names and refs stand for. */
export function openNotes({ nix, maxStoreLayers, compression, maxImageBytes }: NoteSettings, store: ObjectStore) {
  const names = { source: REQUEST.source, nix, restrictsPath: true };
  const shape = { format: FORMAT_VERSION, maxStoreLayers, compression, popularity: NO_POPULARITY.hash };
  return { names: createNameIndex(store, names), refs: createRefNotes(store, { names, shape, maxImageBytes }) };
}

/**
 * All parts of a builder are real, except Nix. Scripts print the lines that Nix would print about a store path that
 * does not exist. The image of this store path has been built before.
 */
export async function setUp(directory: string, kvUrl: string, evaluation: object = EVALUATION) {
  const path = await writeFakeNix(directory, { evaluation, realised: [GIT], closure: IMAGE.closure });
  const isolation = withoutIsolation({ PATH: path });
  await writeTree(directory, { "spool/": "" });
  const env = {
    CORNICE_PKGS_PATH: "/pkgs",
    CORNICE_SOURCE_NAME: "starter",
    CORNICE_SOURCE_REVISION: "r1",
    CORNICE_SPOOL_DIR: join(directory, "spool"),
    CORNICE_ORIGIN_SECRET: "s".repeat(32),
    R2_ENDPOINT: "http://127.0.0.1:1",
    R2_BUCKET: "b",
    R2_ACCESS_KEY_ID: "i",
    R2_SECRET_ACCESS_KEY: "k",
    KV_API_URL: kvUrl,
    KV_NAMESPACE_ID: "n",
    KV_API_TOKEN: "t",
  };
  const config = parseConfig(env, 1);
  const store = createDiskStore(join(directory, "objects"));
  const { maxStoreLayers, compression, spoolDirectory } = config;
  const blobs = createBlobPresence(store, Date.now);
  const rootReader = createRootReader();
  const packer = createPacker({ compressors: 1, compression });
  const shape = { architecture: "amd64", maxStoreLayers, popularity: NO_POPULARITY, compression } as const;
  const image = { config: "{}", layers: [], compression, contents: { packages: [], paths: [], layers: [] } };
  const manifests = await writeImage({ store, blobs }, Promise.resolve(image), Promise.resolve());
  await writeImageRecord({ store, blobs }, await closureKey({ image: IMAGE, ...shape }), manifests);
  const context = {
    config,
    isolation,
    store,
    blobs,
    resolveTag: createTagResolver({
      source: config.source,
      access: config.sourceAccess,
      urls: config.sourceUrls,
      env: {},
      isolation,
      signal: NEVER,
      now: Date.now,
    }),
    index: createKvIndex(config.kv),
    layers: createLayerStore({ store, blobs, packer, spoolDirectory }),
    rootReader,
    localTree: localTrees(createTreeStore(store), rootReader),
    popularity: NO_POPULARITY,
    refusals: new Refusals(Date.now),
    nixNeed: { note: () => {} },
    slots: createBuildSlots(1),
    shared: new SharedBuilds<PublishedImage>(),
    sweeps: NO_SWEEPS,
    ...openNotes(config, store),
  };
  return { context, manifests, recorded: recordEvents() };
}
