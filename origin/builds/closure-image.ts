import { requestedAttributes } from "../../image/closure/requested-attributes.ts";
import type { ImageClosure } from "../../image/closure/image-closure.ts";
import { imageConfig } from "../../image/description/image-config.ts";
import { imageContents } from "../../image/description/image-contents.ts";
import type { ImageManifests } from "../../image/description/manifest.ts";
import { groupLayers } from "../../image/layers/group-layers.ts";
import type { Popularity } from "../../image/layers/popularity.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { LayerStore } from "../layers/layer-store.ts";
import type { PackingSettings } from "../packing/settings.ts";
import type { RootReader } from "../root/root-reader.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { BuildRun } from "./build-run.ts";
import { checkImageUser } from "./image-user.ts";
import { ensureImageLayers } from "./image-layers.ts";
import { explainMissingFile } from "./missing-file.ts";
import type { BuildSettings } from "./settings.ts";
import { writeImage } from "./stored-image.ts";

export interface ImageContext {
  readonly config: Pick<BuildSettings, "maxStoreLayers"> & Pick<PackingSettings, "compression">;
  readonly store: ObjectStore;
  readonly layers: LayerStore;
  readonly rootReader: RootReader;
  readonly popularity: Popularity;
}

/** A closure whose store paths are on this machine, with the key of its image. */
export interface RealisedClosure {
  readonly closure: ImageClosure;
  readonly architecture: Architecture;
  /** The closure key. The image is stored under it. */
  readonly key: string;
}

/** The second step of a build. It packs the layers of a closure and writes config, contents and manifests. */
export async function imageOfClosure(
  context: ImageContext,
  { closure, architecture, key }: RealisedClosure,
  { onEvent, signal }: BuildRun,
): Promise<ImageManifests> {
  const { store, layers, popularity, rootReader } = context;
  const { maxStoreLayers, compression } = context.config;
  onEvent({ event: "phase", phase: "group" });
  const { packages, options } = closure;
  const groups = groupLayers({ closure: closure.closure, roots: packages, popularity, maxStoreLayers });
  onEvent({ event: "phase", phase: "pack" });
  const rootLayer = readRoot(rootReader, closure);
  const packing = ensureImageLayers({ groups, rootLayer, layers, compression, onEvent, signal });
  const packed = await packing.catch(async (error: unknown) =>
    Promise.reject(await explainMissingFile(error, closure)),
  );
  const { hasShell, hasCertificates } = await rootLayer;
  const json = imageConfig({
    architecture,
    packages: requestedAttributes(packages),
    options,
    layers: packed,
    hasShell,
    hasCertificates,
  });
  const contents = imageContents({ ...closure, layers: packed });
  return writeImage(store, key, json, { layers: packed, compression, contents });
}

async function readRoot(rootReader: RootReader, closure: ImageClosure): Promise<ImageRoot> {
  const root = await rootReader.read(closure);
  checkImageUser(closure.options?.user, root.accounts);
  return root;
}
