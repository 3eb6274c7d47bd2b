import { createHash, randomBytes } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pLimit from "p-limit";
import { parseJsonObject } from "../../protocol/json-object.ts";
import type { Bucket } from "../../test/origin/garbage/bucket.ts";

const FILES_AT_ONCE = 32;
/** As Miniflare's, in bytes. */
const ID_BYTES = 40;
const VERSION_BYTES = 16;

interface State {
  /** The folder of Miniflare's state. No process uses it. */
  readonly state: string;
  readonly bucketName: string;
  readonly namespaceId: string;
}

/**
 * Writes objects with their ages into the files of Miniflare's stores, which must exist. Over S3 this would take ten minutes,
 * and all objects would be new. The tables are those of the pinned release: `miniflare/dist/src/workers/r2/bucket.worker.js`.
 */
export async function writeState({ state, bucketName, namespaceId }: State, bucket: Bucket): Promise<void> {
  const ahead = Date.now() - bucket.clock.time;
  const r2 = await openDatabase(join(state, "v3/r2/miniflare-R2BucketObject"));
  const object = r2.prepare("INSERT INTO _mf_objects VALUES (?, ?, ?, ?, ?, ?, '{}', ?, '{}')");
  const objects = [...bucket.store.objects].map(([key, { bytes, options, modifiedAt }]) => {
    const id = randomBytes(ID_BYTES).toString("hex");
    const etag = createHash("md5").update(bytes).digest("hex");
    const metadata = JSON.stringify({ contentType: options.contentType });
    const version = randomBytes(VERSION_BYTES).toString("hex");
    return { id, bytes, row: [key, id, version, bytes.length, etag, modifiedAt + ahead, metadata] };
  });
  inTransaction(r2, () => objects.forEach(({ row }) => object.run(...row)));
  await writeFiles(join(state, "v3/r2", bucketName, "blobs"), objects);
  const kv = await openDatabase(join(state, "v3/kv/miniflare-KVNamespaceObject"));
  const entry = kv.prepare("INSERT INTO _mf_entries VALUES (?, ?, NULL, ?)");
  const entries = [...bucket.index.pairs].map(([key, value]) => ({
    key,
    id: randomBytes(ID_BYTES).toString("hex"),
    bytes: Buffer.from(value),
    // Only manifests have a media type, and only they have metadata.
    metadata: JSON.stringify({ mediaType: parseJsonObject(value)?.["mediaType"] }),
  }));
  inTransaction(kv, () => entries.forEach(({ key, id, metadata }) => entry.run(key, id, metadata)));
  await writeFiles(join(state, "v3/kv", namespaceId, "blobs"), entries);
}

/** The database of the one bucket or namespace. */
async function openDatabase(folder: string): Promise<DatabaseSync> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) throw new Error(`${folder} has ${names.length} databases`);
  return new DatabaseSync(join(folder, name));
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec("BEGIN");
  work();
  database.exec("COMMIT");
  database.close();
}

interface StoredFile {
  readonly id: string;
  readonly bytes: Uint8Array;
}

async function writeFiles(folder: string, files: readonly StoredFile[]): Promise<void> {
  await pLimit(FILES_AT_ONCE).map(files, ({ id, bytes }) => writeFile(join(folder, id), bytes));
}
