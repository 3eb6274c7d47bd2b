import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathExists } from "../origin/system/path-exists.ts";
import type { Output } from "./arguments.ts";
import { UsageError, whileDoing } from "./cli-error.ts";
import { BLOB_FOLDERS, DOCKER_FILE, INDEX_FILE, LAYOUT_FILE, layoutFiles } from "./oci-layout.ts";
import { cannotWrite, checkFile, checkFolder, writeReplacing } from "./replaced-file.ts";
import { readBlob } from "./stored-blob.ts";
import { countBytes, type ImageWrite, writeArchive } from "./write-archive.ts";

const LAYOUT_NAMES: ReadonlySet<string> = new Set([LAYOUT_FILE, INDEX_FILE, DOCKER_FILE, BLOB_FOLDERS[0]]);

/** Whether the output can be written is told before a build, not after it. Throws `CliError`. */
export async function checkOutput(output: Output): Promise<void> {
  if (output.kind === "stdout") {
    if (process.stdout.isTTY)
      throw new UsageError("an archive on a terminal is of no use; send it to a file or a pipe");
    return;
  }
  const { path } = output;
  if (output.kind === "archive") return checkFile(path, `; -o ${path}/ writes a layout`);
  await checkFolder(path);
  const isThere = await pathExists(path);
  if (isThere && !(await isReplaceable(path))) throw cannotWrite(path, "it is there, and is no OCI layout");
}

/** Whoever looks sees what was there before, or the whole image. */
export async function writeOutput(output: Output, image: ImageWrite): Promise<void> {
  if (output.kind === "stdout") {
    return writeArchive(process.stdout, image).catch(whileDoing("cannot write to standard output"));
  }
  const { kind, path } = output;
  const write = async (partial: string) => {
    await (kind === "archive" ? writeArchiveFile(partial, image) : writeLayout(partial, image));
    image.signal.throwIfAborted();
  };
  await writeReplacing(path, write, kind === "archive" ? rename : replaceFolder);
}

/** A stream that opens its file by itself may do so after it was stopped, and the file was removed. */
async function writeArchiveFile(path: string, image: ImageWrite): Promise<void> {
  const file = await open(path, "w");
  await writeArchive(file.createWriteStream(), image);
}

async function writeLayout(directory: string, { image, store, onBytes, signal }: ImageWrite): Promise<void> {
  for (const folder of ["", ...BLOB_FOLDERS]) await mkdir(join(directory, folder));
  for (const file of layoutFiles(image)) {
    const path = join(directory, file.path);
    if (file.kind === "text") await writeFile(path, file.text, { signal });
    else await pipeline(countBytes(readBlob(store, file.blob), onBytes), createWriteStream(path), { signal });
  }
}

/** Nothing of somebody's is thrown away with a layout: it holds what layouts hold. */
async function isReplaceable(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => ["no folder"]);
  return names.length === 0 || (names.includes(LAYOUT_FILE) && names.every((name) => LAYOUT_NAMES.has(name)));
}

/** No file system call replaces a folder that holds something: the old one steps aside first. */
async function replaceFolder(partial: string, target: string): Promise<void> {
  if (!(await pathExists(target))) return rename(partial, target);
  const old = `${partial}.old`;
  await rename(target, old);
  try {
    await rename(partial, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true });
}
