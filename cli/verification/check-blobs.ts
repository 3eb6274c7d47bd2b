import pLimit from "p-limit";
import type { ContentDescriptor } from "../../protocol/artifact-manifest.ts";
import type { Digest } from "../../protocol/digest.ts";
import { formatCount } from "../../protocol/format-count.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { RegistryError } from "../registry/registry-error.ts";
import { fails, type Finding, holds, problemOf } from "./finding.ts";
import { type LayerContent, layerFormat, readBytes, readLayer } from "./read-layer.ts";

interface BlobsInput {
  readonly client: RegistryClient;
  /** Bottom to top. */
  readonly layers: readonly ContentDescriptor[];
  /** What the config says of them. */
  readonly diffIds: readonly Digest[];
  /** Gets the number of bytes since its last call. */
  readonly onBytes: (count: number) => void;
}

export interface CheckedLayers {
  readonly findings: readonly Finding[];
  /** Undefined if a layer could not be read. */
  readonly storePaths: ReadonlySet<string> | undefined;
}

/** Layers that are read at the same time. Engines read three to six. */
const READ_AT_ONCE = 4;

/** Reads all layers of an image. A layer that comes twice is read once. */
export async function checkLayers({ client, layers, diffIds, onBytes }: BlobsInput): Promise<CheckedLayers> {
  const limit = pLimit(READ_AT_ONCE);
  const distinct = new Map(layers.map((layer) => [layer.digest, layer]));
  const contents = new Map(
    await Promise.all(
      [...distinct.values()].map((layer) =>
        limit(async () => [layer.digest, await read(client, layer, onBytes)] as const),
      ),
    ),
  );
  const findings = layers.flatMap((layer, place) => {
    const problem = problemWith(contents.get(layer.digest) ?? "it was not read", layer, diffIds[place]);
    return problem === undefined ? [] : [fails("layer", `layer ${place + 1} (${layer.digest}): ${problem}`)];
  });
  const readable = [...contents.values()].filter((content) => typeof content !== "string");
  return {
    findings:
      findings.length > 0
        ? findings
        : [holds("layer", `${formatCount(layers.length, "layer")}: digest, size and diffID`)],
    storePaths:
      readable.length < contents.size ? undefined : new Set(readable.flatMap(({ storePaths }) => [...storePaths])),
  };
}

/** The content, or the problem in words. */
async function read(
  client: RegistryClient,
  { digest, size, mediaType }: ContentDescriptor,
  onBytes: BlobsInput["onBytes"],
): Promise<LayerContent | string> {
  try {
    return await client.blob(digest, size, (chunks) => readLayer(counted(chunks, onBytes), layerFormat(mediaType)));
  } catch (error) {
    const problem = problemOf(error);
    if (error instanceof RegistryError) return problem;
    // Damaged bytes stop the unpacking. Their digest tells whether the registry altered them, or the image never was better.
    const bytes = await client.blob(digest, size, readBytes).catch(problemOf);
    if (typeof bytes === "string") return bytes;
    return bytes.digest === digest ? problem : `its bytes are altered: their digest is ${bytes.digest}`;
  }
}

function problemWith(
  content: LayerContent | string,
  { digest, size }: ContentDescriptor,
  diffId: Digest | undefined,
): string | undefined {
  if (typeof content === "string") return content;
  if (content.digest !== digest) return `its bytes are altered: their digest is ${content.digest}`;
  if (content.size !== size) return `it has ${content.size} bytes, but the manifest says ${size}`;
  if (content.diffId !== diffId)
    return `its uncompressed bytes have the diffID ${content.diffId}, but the config says ${diffId}`;
  return undefined;
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onBytes: BlobsInput["onBytes"]): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}
