import { parentPort, workerData } from "node:worker_threads";
import { MEMBER_BYTES } from "../../image/compression/members.ts";
import { COMPRESSORS } from "./compression.ts";
import type { CompressOrder, CompressReport } from "./messages.ts";
import { slabOn } from "./slab.ts";
import { parseCompressorSettings } from "./thread-settings.ts";

/** A compressing thread compresses slabs, one after the other. */
const { compression, slabs: buffers } = parseCompressorSettings(workerData);
const compress = COMPRESSORS[compression];
const slabs = buffers.map((buffer) => slabOn(buffer, MEMBER_BYTES[compression]));

parentPort?.on("message", ({ slab: index, bytes }: CompressOrder) => {
  const slab = slabs[index];
  if (!slab) throw new RangeError(`there is no slab ${index}`);
  const member = compress(slab.tar.subarray(0, bytes));
  slab.compressed.set(member);
  parentPort?.postMessage({ slab: index, compressedBytes: member.length } satisfies CompressReport);
});
