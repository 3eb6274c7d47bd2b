import { randomUUID } from "node:crypto";
import { constants, createWriteStream } from "node:fs";
import { access, mkdir, readdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathExists } from "../origin/path-exists.ts";
import type { Output } from "./arguments.ts";
import { CliError, UsageError, whileDoing } from "./cli-error.ts";
import { BLOB_FOLDERS, DOCKER_FILE, INDEX_FILE, LAYOUT_FILE, layoutFiles } from "./oci-layout.ts";
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
  const refuse = (why: string): never => {
    throw new CliError(`cannot write ${path}: ${why}`);
  };
  const folder = dirname(await targetOf(path));
  await access(folder, constants.W_OK | constants.X_OK).catch(whileDoing(`cannot write ${path}`));
  const status = await stat(path).catch(() => undefined);
  if (output.kind === "layout" && status && !(await isReplaceable(path))) refuse("it is there, and is no OCI layout");
  if (output.kind === "layout" || !status) return;
  if (status.isDirectory()) refuse(`it is a folder; -o ${path}/ writes a layout`);
  // A device would be replaced by a file of its name.
  if (!status.isFile()) refuse("it is no file; -o - writes to standard output");
}

/** Whoever looks sees what was there before, or the whole image. */
export async function writeOutput(output: Output, image: ImageWrite): Promise<void> {
  if (output.kind === "stdout") {
    return writeArchive(process.stdout, image).catch(whileDoing("cannot write to standard output"));
  }
  const target = await targetOf(output.path);
  const partial = join(dirname(target), `.cornice-${randomUUID()}.partial`);
  try {
    if (output.kind === "archive") await writeArchive(createWriteStream(partial), image);
    else await writeLayout(partial, image);
    image.signal.throwIfAborted();
    await (output.kind === "archive" ? rename(partial, target) : replaceFolder(partial, target));
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    whileDoing(`cannot write ${output.path}`)(error);
  }
}

/** Through symbolic links: the file that they lead to is replaced, and they stay. */
function targetOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
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
