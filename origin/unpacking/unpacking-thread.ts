import { parentPort } from "node:worker_threads";
import { PackageError } from "../../image/closure/package-error.ts";
import { storePathName } from "../../image/closure/store-path.ts";
import { CacheError } from "../caches/cache-error.ts";
import { encodeTree } from "../../image/trees/tree-record.ts";
import { GrowingTree } from "../../image/trees/tree-of.ts";
import { isDiskFull } from "../system/error-code.ts";
import { BufferPool } from "./buffer-pool.ts";
import { BufferedFeed } from "./buffered-feed.ts";
import { describeFailure, type Failure } from "./failure.ts";
import type { UnpackingOrder, UnpackingReport } from "./messages.ts";
import type { PathArchive } from "./path-archive.ts";
import { unpackPath } from "./unpack-path.ts";

/** An unpacking thread fetches archives, decompresses them, and sends the tars of their store paths. */
const feeds = new Map<number, BufferedFeed>();
const pool = new BufferPool();

parentPort?.on("message", (order: UnpackingOrder) => {
  if (order.kind === "open") void serve(order.feed, order.archive);
  else if (order.kind === "more") takeBack(order.feed, order.buffer);
  else close(order.feed);
});

async function serve(id: number, archive: PathArchive): Promise<void> {
  const feed = new BufferedFeed(pool, (bytes) => report({ kind: "tar", feed: id, bytes }, [bytes.buffer]));
  feeds.set(id, feed);
  try {
    const tree = await unpackInto(feed, id, archive);
    report({ kind: "end", feed: id, tree }, tree === undefined ? [] : [tree.buffer]);
  } catch (error) {
    // A closed feed has nobody who waits for its end.
    if (!feed.signal.aborted) report({ kind: "failed", feed: id, failure: failureOf(error, archive) });
  } finally {
    feeds.delete(id);
  }
}

async function unpackInto(
  feed: BufferedFeed,
  id: number,
  archive: PathArchive,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const tree = new GrowingTree();
  const tar = unpackPath(archive, {
    signal: feed.signal,
    onBytes: (count) => report({ kind: "fetched", feed: id, count }),
    onEntry: (entry) => tree.add(entry),
  });
  for await (const bytes of tar) await feed.write(bytes);
  feed.flush();
  const whole = tree.finish();
  return whole && (await encodeTree(whole));
}

/** The feed may have ended. */
function takeBack(id: number, buffer: ArrayBuffer): void {
  pool.give(buffer);
  feeds.get(id)?.takeBack();
}

function close(id: number): void {
  feeds.get(id)?.close();
  feeds.delete(id);
}

function failureOf(error: unknown, { path, archive: { cache } }: PathArchive): Failure {
  const failure = describeFailure(error);
  // A full disk of ours is no fault of the cache.
  if (error instanceof PackageError || isDiskFull(error)) return failure;
  // The message of a `CacheError` names the cache itself.
  const damaged = `the binary cache ${cache} gives a damaged archive of ${storePathName(path)}: ${failure.message}`;
  const message = error instanceof CacheError ? failure.message : damaged;
  return { message, code: failure.code, archive: { path, cache } };
}

function report(message: UnpackingReport, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, [...transfer]);
}
