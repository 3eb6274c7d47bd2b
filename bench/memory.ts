import type { Bar } from "./bar-chart.ts";
import { packInProcess } from "./packed.ts";
import { type BenchContext, closureBytes, megabytes } from "./starter.ts";

/** Closures of about half a gigabyte, one, and two. */
const IMAGES = ["python3/ffmpeg/vim/git", "ghc", "ghc/cargo/ocaml"];

/** Peak memory of the builder while it packs: it must not grow with the image. */
export async function benchMemory({ directory, prepare, print, plot }: BenchContext): Promise<void> {
  print("Peak memory of the builder while it packs");
  const bars: Bar[] = [];
  for (const name of IMAGES) {
    const image = await prepare(name);
    const closure = `${megabytes(closureBytes(image))} in ${image.closure.length} store paths`;
    for (const compression of ["gzip", "zstd"] as const) {
      const { peakBytes, seconds } = await packInProcess({ image, directory, compression });
      print(`  ${name}: ${closure}, ${compression}: peak ${megabytes(peakBytes)}, ${seconds.toFixed(1)} s`);
      const label = `${megabytes(closureBytes(image))}, ${compression}`;
      bars.push({ label, value: peakBytes / 1e6, isOurs: true });
    }
  }
  await plot("memory", { title: "Peak memory while packing, by closure", unit: "MB", bars });
}
