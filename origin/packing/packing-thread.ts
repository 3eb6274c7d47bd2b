import { parentPort, workerData } from "node:worker_threads";
import { MEMBER_BYTES } from "../../image/compression/members.ts";
import type { ArchiveFeed } from "../unpacking/archive-feed.ts";
import { ArchiveFeeds } from "../unpacking/archive-feeds.ts";
import type { PathArchive } from "../unpacking/path-archive.ts";
import { startCompressors } from "./compressors.ts";
import type { CompressReport, PackingOrder, PackingReport } from "./messages.ts";
import { PackingJob } from "./packing-job.ts";
import { slabBuffer, slabOn } from "./slab.ts";
import { Turns } from "./turns.ts";
import { parsePackerOptions } from "./thread-settings.ts";

/**
 * The packing thread reads store paths into slabs and gives the slabs to the compressing threads. It hashes the tar and
 * the compressed bytes, and writes each layer in order. Layers take turns, a slab at a time. So a small layer does not
 * wait for the end of a large one.
 */
const { compressors: count, compression, startsUnpacking } = parsePackerOptions(workerData);
const memberBytes = MEMBER_BYTES[compression];

/** One slab is being compressed and the next one is full already, so that no compressor waits. */
const SLABS_PER_COMPRESSOR = 2;
/** A thread unpacks as much as two threads compress, as far as xz is concerned. Each thread takes 20 MB of memory. */
const UNPACKERS_PER_COMPRESSOR = 0.5;
/** Slabs to fill while the compressors have all of theirs. */
const SPARE_SLABS = 2;

const buffers = Array.from({ length: count * SLABS_PER_COMPRESSOR + SPARE_SLABS }, () => slabBuffer(memberBytes));
const slabs = buffers.map((buffer) => slabOn(buffer, memberBytes));
const freeSlabs = [...slabs.keys()];
/** The job of each slab that is not free. */
const owners = new Map<number, PackingJob>();
const active = new Map<number, PackingJob>();
const turns = new Turns<PackingJob>();

const archives = new ArchiveFeeds(Math.ceil(count * UNPACKERS_PER_COMPRESSOR), readOnLater);
if (startsUnpacking) archives.start();
const compressors = startCompressors(count, { compression, slabs: buffers }, takeBack);

parentPort?.on("message", (order: PackingOrder) => {
  if (order.kind === "pack") begin(order);
  else cancel(order.job);
  readOnLater();
});

/** Fills slabs while there are free ones. */
function readOn(): void {
  for (let index = freeSlabs.pop(); index !== undefined; index = freeSlabs.pop()) {
    const slab = slabs[index];
    const job = turns.next();
    const bytes = job && slab ? job.takeTurn(index, slab) : 0;
    if (job && bytes > 0) {
      owners.set(index, job);
      compressors.compress({ slab: index, bytes });
    } else {
      freeSlabs.push(index);
    }
    if (!job) return;
    reportIfDone(job);
    // This turn only hashed. First take back slabs from compressors that are done.
    if (bytes === 0) return readOnLater();
  }
}

let isWaiting = false;

function readOnLater(): void {
  if (isWaiting) return;
  isWaiting = true;
  setImmediate(() => {
    isWaiting = false;
    readOn();
  });
}

function begin({ job: id, content, file }: Extract<PackingOrder, { kind: "pack" }>): void {
  const job = new PackingJob(id, { content, file, onFree: takeSlab, openArchive: (archive) => openFor(id, archive) });
  active.set(id, job);
  turns.add(job);
}

function openFor(job: number, archive: PathArchive): ArchiveFeed {
  return archives.open(archive, {
    onEnd: (record) => report({ job, path: archive.path, record }),
    onFetched: (fetched) => report({ job, fetched }),
  });
}

function takeSlab(index: number): void {
  owners.delete(index);
  freeSlabs.push(index);
}

function takeBack({ slab: index, compressedBytes }: CompressReport): void {
  const job = owners.get(index);
  const compressed = slabs[index]?.compressed.subarray(0, compressedBytes);
  if (!job || !compressed) throw new RangeError(`slab ${index} came back, but no compressor had it`);
  job.takeBack(index, compressed);
  reportIfDone(job);
  readOn();
}

function cancel(id: number): void {
  const job = active.get(id);
  if (!job) return;
  job.fail({ message: "cancelled", code: undefined });
  active.delete(id);
  turns.delete(job);
}

/** Reports a job once. A failed job may still have slabs at the compressors. */
function reportIfDone(job: PackingJob): void {
  if (!job.outcome || !active.delete(job.id)) return;
  turns.delete(job);
  report({ job: job.id, ...job.outcome });
}

function report(message: PackingReport): void {
  parentPort?.postMessage(message);
}
