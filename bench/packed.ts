import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ImageClosure } from "../image/closure/image-closure.ts";
import type { LayerCompression } from "../protocol/media-types.ts";
import { isJsonObject, parseJson } from "../protocol/json-object.ts";
import { runScript } from "./script.ts";

export interface PackResult {
  readonly peakBytes: number;
  readonly packedBytes: number;
  readonly seconds: number;
}

interface PackOptions {
  readonly image: ImageClosure;
  readonly directory: string;
  readonly compression: LayerCompression;
}

/** Packs all layers of an image in a separate process, into an empty disk store. */
export function packInProcess({ image, directory, compression }: PackOptions): Promise<PackResult> {
  const args = async (folder: string) => {
    const file = join(folder, "image.json");
    await writeFile(file, JSON.stringify(image));
    return [file, folder, String(availableParallelism()), compression];
  };
  return runScript("pack-closure.ts", directory, args, isPackResult);
}

function isPackResult(value: unknown): value is PackResult {
  if (!isJsonObject(value)) return false;
  return ["peakBytes", "packedBytes", "seconds"].every((name) => typeof value[name] === "number");
}

/** Reads the file of `packInProcess`. The same release wrote it, so this checks only the outline. */
export async function readImageClosure(file: string): Promise<ImageClosure> {
  const value = parseJson(await readFile(file, "utf8"));
  if (!isImageClosure(value)) throw new TypeError(`${file} does not hold the closure of an image`);
  return value;
}

function isImageClosure(value: unknown): value is ImageClosure {
  return isJsonObject(value) && Array.isArray(value["packages"]) && Array.isArray(value["closure"]);
}
