import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathExists } from "../origin/system/path-exists.ts";
import type { Output } from "./output-argument.ts";
import { UsageError, whileDoing } from "./cli-error.ts";
import { BLOB_FOLDERS, DOCKER_FILE, INDEX_FILE, LAYOUT_FILE, layoutFiles } from "./oci-layout.ts";
import { cannotWrite, checkFile, checkFolder, writeReplacing } from "./replaced-file.ts";
import { readBlob } from "./stored-blob.ts";
import { countBytes, type ImageWrite, writeArchive } from "./write-archive.ts";

const LAYOUT_NAMES: ReadonlySet<string> = new Set([LAYOUT_FILE, INDEX_FILE, DOCKER_FILE, BLOB_FOLDERS[0]]);

/** Checks the output before a build, so that a bad one fails at once. Throws `CliError`. */
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
  if (isThere && !(await isReplaceable(path))) throw cannotWrite(path, "it exists, and is not an OCI layout");
}

/** At any moment, the path has the old contents or the whole image. */
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

/** Opens the file first. A stream that opens it later could create it again after an abort and its cleanup. */
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

/** Replaces only an empty folder or a layout, so that the user loses no other files. */
async function isReplaceable(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => ["no folder"]);
  return names.length === 0 || (names.includes(LAYOUT_FILE) && names.every((name) => LAYOUT_NAMES.has(name)));
}

/** No system call replaces a folder that is not empty. So the old folder is renamed first. */
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
