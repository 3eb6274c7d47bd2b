import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ImageClosure } from "../image/closure/image-closure.ts";
import type { LayerCompression } from "../protocol/media-types.ts";
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

/** Packs all layers of an image in a process of its own, into an empty disk store. */
export function packInProcess({ image, directory, compression }: PackOptions): Promise<PackResult> {
  return runScript("pack-closure.ts", directory, async (folder) => {
    const file = join(folder, "image.json");
    await writeFile(file, JSON.stringify(image));
    return [file, folder, String(availableParallelism()), compression];
  });
}
