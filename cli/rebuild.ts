import { readText } from "../origin/stores/object-store.ts";
import { UNVERSIONED } from "../origin/sources/revision.ts";
import { MAX_MANIFEST_BYTES } from "../protocol/manifest.ts";
import { plainLine } from "../protocol/plain-text.ts";
import { blobKey } from "../protocol/storage-keys.ts";
import type { CommandContext } from "./build-command.ts";
import type { BuiltImage } from "./built-image.ts";
import { withCache } from "./cache.ts";
import { type ComparedImage, type ComparedLayer, compareImages } from "./comparison/compare-images.ts";
import { buildLocally } from "./local-build.ts";
import { checkRebuildConfig, rebuildEnvironment, rebuildRequest } from "./rebuild-request.ts";
import type { RegistryClient } from "./registry/registry-client.ts";
import { readBlob } from "./stored-blob.ts";
import type { CheckedImage } from "./verification/check-image.ts";
import { fails, type Finding, holds, problemOf } from "./verification/finding.ts";
import { type ProvenanceFacts, readProvenance } from "./verification/provenance-facts.ts";
import { layerFormat } from "./verification/read-layer.ts";

interface RebuildInput extends CommandContext {
  readonly client: RegistryClient;
  readonly checked: CheckedImage;
}

/**
 * Builds an image again on this machine, as its signed provenance says, and compares the two. Throws a `CliError` that says
 * why this machine cannot build the image, and the errors of a build.
 */
export async function rebuild(input: RebuildInput): Promise<readonly Finding[]> {
  const { checked, env, progress } = input;
  const facts = checked.provenance && readProvenance(checked.provenance);
  if (!facts) return [fails("rebuild", "no signed provenance says how to build the image")];
  // A folder of its own: the cache could have the layers of an earlier build.
  return withCache(env, false, async (directory) => {
    const built = await buildLocally({
      ...input,
      ...rebuildRequest(facts),
      directory,
      env: rebuildEnvironment(env, facts),
      checkConfig: (config) => checkRebuildConfig(config, facts),
    });
    progress.phase("compare");
    return compare(input, facts, built);
  });
}

async function compare(
  { client, checked }: RebuildInput,
  facts: ProvenanceFacts,
  built: BuiltImage,
): Promise<readonly Finding[]> {
  const { digest } = checked.image.manifest;
  try {
    const differences = await compareImages(registryImage(client, checked), await builtImage(built, facts.compression));
    if (differences.length === 0) return [holds("rebuild", `this machine makes the same image: ${digest}`)];
    return [...otherRevision(facts, built), ...differences].map((difference) => fails("rebuild", difference));
  } catch (error) {
    return [fails("rebuild", problemOf(error))];
  }
}

/** A path has no history. So this machine can have other files under the same name. */
function otherRevision({ revision }: ProvenanceFacts, built: BuiltImage): readonly string[] {
  const [wanted, own] = [revision ?? UNVERSIONED, built.revision];
  if (wanted === own) return [];
  return [`the image is of revision ${plainLine(wanted, " ")}, and this machine's package source is at ${own}`];
}

function registryImage(client: RegistryClient, { image }: CheckedImage): ComparedImage {
  const { manifest, config, configText, layers } = image;
  return {
    manifest: manifest.digest,
    config: configText,
    layers: layers.flatMap(({ digest, size, mediaType }, place) => {
      const [diffId, contents = ""] = [config.diffIds[place], config.layerDescriptions[place]];
      return diffId === undefined ? [] : [{ digest, size, diffId, contents, format: layerFormat(mediaType) }];
    }),
    openLayer: ({ digest, size }, read) => client.blob(digest, size, read),
  };
}

async function builtImage(
  { manifest, config, layers, store }: BuiltImage,
  format: ComparedLayer["format"],
): Promise<ComparedImage> {
  return {
    manifest: manifest.digest,
    config: (await readText(store, blobKey(config.digest), MAX_MANIFEST_BYTES)) ?? "{}",
    layers: layers.map(({ digest, size, diffId, contents }) => ({ digest, size, diffId, contents, format })),
    openLayer: (layer, read) => read(readBlob(store, layer)),
  };
}
