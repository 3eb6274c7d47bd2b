import { packInProcess } from "./packed.ts";
import { type BenchContext, closureBytes, megabytes } from "./starter.ts";

/** The largest closure of a single attribute, and enough of the set to be twice as large. */
const LARGEST = "ghc";
const TWICE_AS_LARGE = "ghc/cargo/ocaml";

/** Peak memory of the builder while it packs: it must not grow with the image. */
export async function benchMemory({ directory, prepare, print }: BenchContext): Promise<void> {
  print("Peak memory of the builder while it packs");
  const peaks: number[] = [];
  for (const name of [LARGEST, TWICE_AS_LARGE]) {
    const image = await prepare(name);
    const { peakBytes } = await packInProcess(image, directory);
    peaks.push(peakBytes);
    print(
      `  ${name}: ${megabytes(closureBytes(image))} in ${image.closure.length} store paths, peak ${megabytes(peakBytes)}`,
    );
  }
  const [one = 0, twice = 0] = peaks;
  print(`  ratio ${(twice / one).toFixed(2)}`);
}
