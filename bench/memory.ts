import { packInProcess } from "./packed.ts";
import { type BenchContext, closureBytes, megabytes } from "./starter.ts";

/** Closures of about half a gigabyte, one, and two. */
const IMAGES = ["python3/ffmpeg/vim/git", "ghc", "ghc/cargo/ocaml"];

/** Peak memory of the builder while it packs: it must not grow with the image. */
export async function benchMemory({ directory, prepare, print }: BenchContext): Promise<void> {
  print("Peak memory of the builder while it packs");
  for (const name of IMAGES) {
    const image = await prepare(name);
    const closure = `${megabytes(closureBytes(image))} in ${image.closure.length} store paths`;
    for (const compression of ["gzip", "zstd"] as const) {
      const { peakBytes, seconds } = await packInProcess({ image, directory, compression });
      print(`  ${name}: ${closure}, ${compression}: peak ${megabytes(peakBytes)}, ${seconds.toFixed(1)} s`);
    }
  }
}
