import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { type Digest, digestOf } from "../protocol/digest.ts";
import { MAX_MANIFEST_BYTES, parseManifestText } from "../protocol/manifest.ts";
import type { InspectedImage } from "./built-image.ts";
import { CliError, whileDoing } from "./cli-error.ts";
import { describeImage } from "./image-description.ts";
import { blobPath, INDEX_FILE, parseIndex } from "./oci-layout.ts";

/** Reads a small file of a layout or an archive. Undefined if there is no such file, or it has more than 4 MiB. */
type ReadFile = (name: string) => Promise<string | undefined>;

/** Reads an OCI layout or archive. Any program may have written it. Throws `CliError`. */
export async function readImageFile(path: string): Promise<InspectedImage> {
  const status = await stat(path).catch(whileDoing(`cannot read ${path}`));
  const readFile: ReadFile = status.isDirectory()
    ? (name) => readLayoutFile(join(path, name))
    : (name) => readArchiveFile(path, name);
  const readBlob = async (digest: Digest): Promise<string> => {
    const text = await readFile(blobPath({ digest }));
    if (text !== undefined && (await digestOf(new TextEncoder().encode(text))) === digest) return text;
    throw new CliError(
      `${path} is damaged: ${digest} ${text === undefined ? "is missing" : "does not match its bytes"}`,
    );
  };
  const index = parseIndex((await readFile(INDEX_FILE)) ?? "");
  if (!index) throw new CliError(`${path} is not an OCI archive or layout with one image`);
  const text = await readBlob(index.manifest);
  const manifest = parseManifestText(text);
  const description = manifest && describeImage(manifest, await readBlob(manifest.config.digest));
  if (!description) throw new CliError(`${path} holds something other than an image`);
  const { reference, revision } = index;
  return { reference, revision, manifest: { digest: index.manifest, size: Buffer.byteLength(text) }, ...description };
}

async function readLayoutFile(path: string): Promise<string | undefined> {
  const handle = await open(path).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { size } = await handle.stat();
    return size > MAX_MANIFEST_BYTES ? undefined : await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** Reads the archive up to the wanted file. Cornice's own archives have the small files in front. */
async function readArchiveFile(path: string, name: string): Promise<string | undefined> {
  const archive = createReadStream(path);
  const entries = extract();
  archive.on("error", (error) => entries.destroy(error)).pipe(entries);
  try {
    for await (const entry of entries) {
      if (posix.normalize(entry.header.name) === name && (entry.header.size ?? 0) <= MAX_MANIFEST_BYTES) {
        return (await buffer(entry)).toString("utf8");
      }
      entry.resume();
    }
    return undefined;
  } catch (cause) {
    if (cause instanceof Error && "syscall" in cause) throw cause;
    throw new CliError(`${path} is not an archive: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  } finally {
    archive.destroy();
  }
}
