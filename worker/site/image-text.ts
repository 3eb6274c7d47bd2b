import { formatBytes } from "../../protocol/format-bytes.ts";
import { type Descriptor, parseManifest } from "../../protocol/manifest.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import { type BuiltImage, documentPath, type ImageInfo } from "../../protocol/web-api.ts";
import { withoutControls } from "../../protocol/plain-text.ts";
import { textTable } from "../answers/text-table.ts";

/**
 * An image as text for a terminal: its revision, the addresses of its documents, and its layers with their sizes. Of a list,
 * it shows one image.
 */
export function imageText({ name, tag, architecture, platforms, list, built }: ImageInfo, host: string): string {
  const facts = [
    ["image", `${name}:${tag}`],
    ["platform", platforms.map((platform) => `linux/${platform}`).join(", ")],
    ...(list?.leftOut ?? []).map((each) => [`no ${each.architecture}`, each.reason]),
  ];
  if (built) {
    facts.push(["revision", built.revision], ["resolved", built.resolvedAt]);
    if (list) facts.push(["list", list.manifests.oci], ["shown", `linux/${architecture}`]);
    facts.push(["manifest", built.manifests.oci]);
    for (const keyId of built.trust?.keyIds ?? []) facts.push(["signed by", keyId]);
    for (const document of built.trust?.documents ?? [])
      facts.push([document, `${host}${documentPath(built.manifests.oci, document)}`]);
    const layers = readLayers(built);
    if (!layers) return blocks(textTable(facts));
    facts.push(["layers", `${layers.length}, ${formatBytes(sum(layers.map(({ size }) => size)))} compressed`]);
    return blocks(textTable(facts), layerTable(layers));
  }
  const reference = `${host}/${name}${tag === DEFAULT_TAG ? "" : `:${tag}`}`;
  return blocks(textTable(facts), ["not built yet; this builds it:", `  docker pull ${reference}`]);
}

function blocks(...lines: readonly (readonly string[])[]): string {
  return `${withoutControls(lines.map((block) => block.join("\n")).join("\n\n"))}\n`;
}

interface Layer extends Descriptor {
  readonly description: string;
}

/** Undefined if the manifest is not complete. The contents describe the layers, if the build recorded contents. */
function readLayers({ manifest, contents }: BuiltImage): Layer[] | undefined {
  const descriptions = new Map(contents?.layers.map(({ digest, description }) => [digest, description]));
  return parseManifest(manifest)?.layers.map((layer) => ({
    ...layer,
    description: descriptions.get(layer.digest) ?? "",
  }));
}

/** Enough characters to recognise a digest. */
const SHOWN_DIGEST = "sha256:".length + 12;

function layerTable(layers: readonly Layer[]): string[] {
  const rows = layers.map(({ size, digest, description }) => [
    formatBytes(size),
    digest.slice(0, SHOWN_DIGEST),
    description,
  ]);
  return textTable([["SIZE", "DIGEST", "CONTENTS"], ...rows], [0]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
