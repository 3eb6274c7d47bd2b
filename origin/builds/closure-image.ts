import type { ImageClosure } from "../../image/closure/image-closure.ts";
import { describeImage } from "../../image/description/describe-image.ts";
import type { ImageManifests } from "../../image/description/manifest.ts";
import { groupLayers } from "../../image/layers/group-layers.ts";
import type { Popularity } from "../../image/layers/popularity.ts";
import type { ImageRoot } from "../../image/root/image-root.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { ImageLayerStore } from "../layers/layer-store.ts";
import type { PackingSettings } from "../packing/settings.ts";
import type { BuildRun } from "./build-run.ts";
import type { SweepWatch } from "../sweeps/sweep-guard.ts";
import { checkImageUser } from "./image-user.ts";
import { ensureImageLayers } from "./image-layers.ts";
import type { PathSource } from "../paths/path-source.ts";
import { explainMissingFile } from "./missing-file.ts";
import { newImage } from "./named-objects.ts";
import type { BuildSettings } from "./settings.ts";
import { type DescribedListener, type ImageStores, writeImage } from "./stored-image.ts";

export interface ImageContext extends ImageStores {
  readonly config: Pick<BuildSettings, "maxStoreLayers"> & Pick<PackingSettings, "compression">;
  readonly popularity: Popularity;
}

/** A closure whose store paths can be had. */
export interface RealisedClosure {
  readonly closure: ImageClosure;
  readonly paths: PathSource;
  readonly architecture: Architecture;
  readonly layers: ImageLayerStore;
  readonly onDescribed?: DescribedListener | undefined;
  readonly sweep: SweepWatch;
}

/**
 * The second step of a build. It packs the layers of a closure and writes config, contents and manifests. Config and
 * contents are written while the last layers are uploaded: nobody finds them before the manifests. Throws as `admit` does.
 */
export async function imageOfClosure(
  context: ImageContext,
  { closure, paths, architecture, layers, onDescribed, sweep }: RealisedClosure,
  { onEvent, signal }: BuildRun,
): Promise<ImageManifests> {
  const { popularity } = context;
  const { maxStoreLayers, compression } = context.config;
  onEvent({ event: "phase", phase: "group" });
  const groups = groupLayers({ closure: closure.closure, roots: closure.packages, popularity, maxStoreLayers });
  onEvent({ event: "phase", phase: "pack" });
  const rootLayer = readRoot(paths, closure);
  const { packed, stored } = ensureImageLayers({ groups, paths, rootLayer, layers, compression, onEvent, signal });
  const description = Promise.all([packed, rootLayer]).then(([described, { hasShell, hasCertificates }]) =>
    describeImage({ closure, architecture, hasShell, hasCertificates, layers: described, compression }),
  );
  const layersStored = stored.catch(async (error: unknown) => Promise.reject(await explainMissingFile(error, closure)));
  const admitted = Promise.withResolvers<void>();
  const admit = async (manifests: ImageManifests) => {
    await sweep.admit(newImage(manifests), signal);
    admitted.resolve();
  };
  const [manifests] = await Promise.all([
    writeImage(context, description, layersStored, { onDescribed, admit }),
    layersStored.then(() => paths.writeRecords?.()),
    // The list names the layers, too. If the image fails, it fails first.
    admitted.promise.then(() => layers.list()),
  ]);
  return manifests;
}

async function readRoot(paths: PathSource, closure: ImageClosure): Promise<ImageRoot> {
  const root = await paths.root(closure);
  checkImageUser(closure.options?.user, root.accounts);
  return root;
}
