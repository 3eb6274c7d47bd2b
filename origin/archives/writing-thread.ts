import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, readSync, symlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { PlacedFile } from "./archive-tree.ts";
import { parseWritingPlaces, type WritingOrder } from "./writing-orders.ts";

/**
 * The writing thread writes the files of an archive into a new folder. It makes the links last, so that no path that it
 * writes to can lead through one. It calls the system synchronously: an archive has many small files, and Node's
 * asynchronous calls take several times as long for each.
 */
const { folder: root, content: contentPath } = parseWritingPlaces(workerData);

/** What the evaluating user needs. It is another user than the origin. */
const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;
/** Bytes that are copied at a time. */
const CHUNK_BYTES = 1_048_576;

const hidesFiles = (process.umask() & FOLDER_MODE) !== 0;
const buffer = Buffer.alloc(CHUNK_BYTES);
const made = new Set<string>();
const content = openSync(contentPath, "r");

makeFolder("");

parentPort?.on("message", (order: WritingOrder) => {
  if (order.kind === "files") return order.files.forEach(writeFile);
  order.folders.forEach(makeFolder);
  for (const [path, target] of order.links) symlinkSync(target, `${root}/${path}`);
  closeSync(content);
  parentPort?.close();
});

/** A path without a slash is in the folder `.`, which is the root. */
function makeFolder(path: string): void {
  if (made.has(path) || path === ".") return;
  made.add(path);
  if (path !== "") makeFolder(dirname(path));
  const folder = `${root}/${path}`;
  mkdirSync(folder, FOLDER_MODE);
  if (hidesFiles) chmodSync(folder, FOLDER_MODE);
}

function writeFile({ path, isExecutable, offset, size }: PlacedFile): void {
  makeFolder(dirname(path));
  const mode = isExecutable ? EXECUTABLE_MODE : FILE_MODE;
  const file = openSync(`${root}/${path}`, "wx", mode);
  try {
    if (hidesFiles) fchmodSync(file, mode);
    copy(file, offset, size);
  } finally {
    closeSync(file);
  }
}

function copy(file: number, offset: number, size: number): void {
  for (let at = 0; at < size;) {
    const count = readSync(content, buffer, 0, Math.min(CHUNK_BYTES, size - at), offset + at);
    if (count === 0) throw new Error(`the content of an archive ends before byte ${offset + size}`);
    for (let written = 0; written < count;) written += writeSync(file, buffer, written, count - written);
    at += count;
  }
}
