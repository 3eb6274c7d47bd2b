import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PreparedImage } from "../origin/nix/prepare-image.ts";
import type { LayerCompression } from "../protocol/media-types.ts";

export interface PackResult {
  readonly peakBytes: number;
  readonly packedBytes: number;
  readonly seconds: number;
}

interface PackOptions {
  readonly image: PreparedImage;
  readonly directory: string;
  readonly compression: LayerCompression;
}

/** Packs all layers of an image in a process of its own, into an empty disk store. */
export async function packInProcess({ image, directory, compression }: PackOptions): Promise<PackResult> {
  const folder = await mkdtemp(join(directory, "pack-"));
  try {
    const file = join(folder, "image.json");
    await writeFile(file, JSON.stringify(image));
    const script = join(import.meta.dirname, "pack-closure.ts");
    const args = [script, file, folder, String(availableParallelism()), compression];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
