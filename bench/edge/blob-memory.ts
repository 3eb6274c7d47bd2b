import { setTimeout } from "node:timers/promises";
import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { parseDigest } from "../../protocol/digest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { megabytes } from "../starter.ts";
import { findWorkerd, workerdUsage } from "../workerd.ts";
import { IMAGE } from "./image.ts";
import { type LocalEdge, STREAMING_HOST } from "./local-edge.ts";
import { manifestOf } from "./registries.ts";
import { startSlowReaders } from "./slow-readers.ts";
import type { Target } from "./wrk.ts";

const READERS = 1000;
/** How long all readers read after the last one has begun. */
const READING_MS = 10_000;
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

interface Layer {
  readonly digest: string;
  readonly size: number;
}

/**
 * Memory of workerd while many slow clients read a large layer, from Cornice and from a Worker that only streams it.
 * Each of the two gets a new workerd process. Miniflare's simulators of R2 and the cache run in the same process.
 */
export async function benchBlobMemory(start: () => Promise<LocalEdge>, print: (line: string) => void): Promise<void> {
  const ours = await inFreshEdge(start, ({ host }, { digest }) => ({ host, path: `/v2/${IMAGE}/blobs/${digest}` }));
  const streaming = await inFreshEdge(start, ({ host }, { digest }) => {
    return { host, path: `/${blobKey(parseDigest(digest))}`, hostHeader: STREAMING_HOST };
  });
  print(`Memory of workerd under ${READERS} slow readers of one layer of ${megabytes(ours.layerBytes)}`);
  print(`  Cornice          ${describe(ours)}`);
  print(`  R2's bytes alone ${describe(streaming)}`);
}

/** In bytes. */
interface Memory {
  readonly layerBytes: number;
  readonly before: number;
  /** At the moment when the last reader has begun. */
  readonly begun: Sample;
  /** `READING_MS` later. */
  readonly later: Sample;
}

interface Sample {
  readonly resident: number;
  readonly received: number;
}

function describe({ before, begun, later }: Memory): string {
  const samples = [begun, later].map(
    ({ resident, received }) => `${megabytes(resident)} when ${megabytes(received)} were read`,
  );
  return `${megabytes(before)} before, ${samples.join(", ")}`;
}

async function inFreshEdge(
  start: () => Promise<LocalEdge>,
  target: (edge: LocalEdge, layer: Layer) => Target,
): Promise<Memory> {
  const edge = await start();
  try {
    const layer = await largestLayer(edge);
    return { layerBytes: layer.size, ...(await measure(target(edge, layer))) };
  } finally {
    await edge.miniflare.dispose();
  }
}

async function measure(target: Target): Promise<Omit<Memory, "layerBytes">> {
  const pid = await findWorkerd(process.pid);
  const { residentBytes: before } = await workerdUsage(pid);
  const readers = await startSlowReaders(target, READERS);
  const sample = async () => {
    const { residentBytes: resident } = await workerdUsage(pid);
    return { resident, received: readers.received() };
  };
  try {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (readers.reading() < READERS) {
      if (Date.now() > deadline) throw new Error(`only ${readers.reading()} readers got an answer`);
      await setTimeout(POLL_MS);
    }
    const begun = await sample();
    await setTimeout(READING_MS);
    return { before, begun, later: await sample() };
  } finally {
    readers.close();
  }
}

async function largestLayer(edge: LocalEdge): Promise<Layer> {
  const { host, path } = manifestOf(edge);
  const response = await fetch(`http://${host}${path}`, { headers: { Accept: MEDIA_TYPES.oci.manifest } });
  const layers = jsonMembers(parseJsonObject(await response.text())?.["layers"]).filter(isLayer);
  return layers.reduce((largest, layer) => (layer.size > largest.size ? layer : largest));
}

function isLayer(value: unknown): value is Layer {
  return isJsonObject(value) && typeof value["digest"] === "string" && typeof value["size"] === "number";
}
