import { randomBytes } from "node:crypto";
import { loadavg } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../protocol/digest.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import type { Bucket } from "../../test/origin/garbage/bucket.ts";
import type { BenchContext } from "../starter.ts";
import { soundRegistryOf } from "./sound-registry.ts";
import { registryOf } from "./stored-registry.ts";
import { startStoredEdge } from "./stored-edge.ts";
import { writeState } from "./write-state.ts";

const SIZES = [25_000, 100_000];
const SMALL_OBJECTS = 25_000;
const BLOBS = 64;
const BLOB_BYTES = 16_777_216;
const BYTES = { contentType: "application/octet-stream" };

type Context = Pick<BenchContext, "directory" | "print">;

/** A collection of garbage in real local stores, and its memory with more and more objects. */
export async function benchGc({ directory, print }: Context): Promise<void> {
  for (const size of SIZES) {
    const state = join(directory, `gc-${size}`);
    const { objects, entries } = await fill(state, await registryOf(size));
    print(`bin/cornice gc, ${objects} objects in local R2 and ${entries} entries in KV; the load is ${load()}`);
    await measure(state, ["gc", "--grace-minutes", "0"], print);
  }
}

/** A check of large blobs, and a check of many small objects. */
export async function benchFsck(context: Context): Promise<void> {
  await benchLargeBlobs(context);
  await benchSmallObjects(context);
}

async function benchSmallObjects({ directory, print }: Context): Promise<void> {
  const state = join(directory, "fsck-small");
  const { objects, entries } = await fill(state, await soundRegistryOf(SMALL_OBJECTS));
  print(`bin/cornice fsck, ${objects} objects in local R2 and ${entries} entries in KV; the load is ${load()}`);
  await measure(state, ["fsck", "--settle-seconds", "0"], print);
}

async function benchLargeBlobs({ directory, print }: Context): Promise<void> {
  const state = join(directory, "fsck");
  await fillBlobs(state);
  print(`bin/cornice fsck, ${BLOBS} blobs of ${BLOB_BYTES} bytes in local R2; the load is ${load()}`);
  await measure(state, ["fsck", "--settle-seconds", "0"], print);
}

/** Stores make their files when they get their first object. */
async function fill(state: string, bucket: Bucket) {
  const edge = await startStoredEdge(state);
  await edge.store.put("other", { kind: "bytes", bytes: new Uint8Array() }, BYTES);
  await edge.index.put([{ key: "other", value: "" }]);
  await edge.stop();
  await writeState({ state, bucketName: edge.bucketName, namespaceId: edge.namespaceId }, bucket);
  return { objects: bucket.store.objects.size, entries: bucket.index.pairs.size };
}

async function fillBlobs(state: string): Promise<void> {
  const edge = await startStoredEdge(state);
  for (let count = 0; count < BLOBS; count += 1) {
    const bytes = Uint8Array.from(randomBytes(BLOB_BYTES));
    await edge.store.put(blobKey(await digestOf(bytes)), { kind: "bytes", bytes }, BYTES);
  }
  await edge.stop();
}

async function measure(state: string, args: readonly string[], print: Context["print"]): Promise<void> {
  const edge = await startStoredEdge(state);
  try {
    print(await edge.measure(args));
  } finally {
    await edge.stop();
  }
}

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? "";
}
