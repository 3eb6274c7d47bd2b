import { pipeline } from "node:stream/promises";
import { type Header, pack as createPack, type Pack } from "tar-stream";
import type { ObjectStore } from "../origin/stores/object-store.ts";
import { BLOB_FOLDERS, dockerManifest, type LayoutFile, layoutFiles, type NamedImage } from "./oci-layout.ts";
import { readBlob } from "./stored-blob.ts";

/** An image to write, and the store that has its blobs. */
export interface ImageWrite {
  readonly image: NamedImage;
  readonly store: ObjectStore;
  /** Gets the number of blob bytes that were written since its last call. */
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
}

const EPOCH = new Date(0);
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** Writes a tar that is both an OCI archive and an archive of `docker save`. The same image gives the same bytes. */
export async function writeArchive(sink: NodeJS.WritableStream, image: ImageWrite): Promise<void> {
  const tar = createPack();
  // Only the process itself ends standard output.
  const end = sink !== process.stdout;
  await Promise.all([writeEntries(tar, image), pipeline(tar, sink, { signal: image.signal, end })]);
}

async function writeEntries(tar: Pack, { image, store, onBytes, signal }: ImageWrite): Promise<void> {
  const [layout, index, ...blobs] = layoutFiles(image);
  const files = [layout, index, dockerManifest(image), ...BLOB_FOLDERS, ...blobs].filter((file) => file !== undefined);
  try {
    for (const file of files) {
      signal.throwIfAborted();
      await writeEntry(tar, file, store, onBytes);
    }
    tar.finalize();
  } catch (error) {
    // This also ends the pipeline. Otherwise it would wait for ever.
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function writeEntry(
  tar: Pack,
  file: LayoutFile | string,
  store: ObjectStore,
  onBytes: (count: number) => void,
): Promise<void> {
  if (typeof file === "string") return writeWhole(tar, header(file, "directory", FOLDER_MODE), "");
  if (file.kind === "text") return writeWhole(tar, header(file.path, "file", FILE_MODE), file.text);
  const { path, blob } = file;
  const entry = tar.entry({ ...header(path, "file", FILE_MODE), size: blob.size });
  await pipeline(countBytes(readBlob(store, blob), onBytes), entry);
}

/** Passes chunks on unchanged. */
export async function* countBytes(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function writeWhole(tar: Pack, fields: ReturnType<typeof header>, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = tar.entry(fields, text, (error) => (error ? reject(error) : resolve()));
    // The callback is not enough. If the tar fails, a waiting entry emits "error", and without a listener Node exits.
    entry.on("error", reject);
  });
}

/** Sets every field. The library takes a missing field from the machine or the clock. */
function header(name: string, type: "directory" | "file", mode: number): Partial<Header> & Pick<Header, "name"> {
  const owner = { uid: 0, gid: 0, uname: "", gname: "" };
  return { name, type, mode, mtime: EPOCH, ...owner, devmajor: 0, devminor: 0, pax: null };
}
