import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ensurePrograms } from "../start/machine/debian-packages.ts";
import { packInProcess } from "./packed.ts";
import { type BenchContext, closureBytes, megabytes } from "./starter.ts";

const IMAGES = ["shell/git/htop", "python3/ffmpeg"];
const ROUNDS = 5;
const PIGZ = { program: "pigz", debianPackage: "pigz" };

/** A way to turn store paths into compressed tars. */
interface Packing {
  readonly name: string;
  run(): Promise<{ readonly seconds: number; readonly bytes: number }>;
}

/** Compares packing (tar, diffID, compression and digest) with plain pipelines over the same paths. */
export async function benchPacking(context: BenchContext): Promise<void> {
  const install = { path: process.env["PATH"] ?? "", isRoot: process.getuid?.() === 0, log: context.print };
  await ensurePrograms([PIGZ], install);
  for (const name of IMAGES) await benchImage(name, context);
}

async function benchImage(name: string, { directory, prepare, print, plot }: BenchContext): Promise<void> {
  const image = await prepare(name);
  const paths = image.closure.map(({ path }) => path);
  const ours = (compression: "gzip" | "zstd"): Packing => ({
    name: `Cornice, ${compression}`,
    async run() {
      const { seconds, packedBytes } = await packInProcess({ image, directory, compression });
      return { seconds, bytes: packedBytes };
    },
  });
  const packings = [ours("gzip"), ours("zstd"), pipelineOf("gzip -6", paths), pipelineOf("pigz -6", paths)];
  const times = new Map<string, number[]>();
  const sizes = new Map<string, number>();
  // Packings take turns, and the fastest run counts. So other work of the machine affects all of them alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const packing of packings) {
      const { seconds, bytes } = await packing.run();
      times.set(packing.name, [...(times.get(packing.name) ?? []), seconds]);
      sizes.set(packing.name, bytes);
    }
  }
  const total = closureBytes(image);
  print(`Packing ${name}, ${megabytes(total)} in ${paths.length} store paths; the fastest of ${ROUNDS}`);
  const peer = Math.min(...(times.get(PEER) ?? []));
  for (const { name: packing } of packings) {
    const seconds = Math.min(...(times.get(packing) ?? []));
    const bytes = sizes.get(packing) ?? 0;
    print(
      `  ${packing.padEnd(16)} ${seconds.toFixed(2).padStart(6)} s ${megabytes(total / seconds).padStart(7)}/s` +
        `  ${(peer / seconds).toFixed(1).padStart(5)} times ${PEER}, ratio ${(total / bytes).toFixed(2)},` +
        ` ${(bytes / (sizes.get(PEER) ?? 0)).toFixed(2)} of its size`,
    );
  }
  const bars = packings.map(({ name: label }) => ({
    label,
    value: total / 1e6 / Math.min(...(times.get(label) ?? [])),
    isOurs: label.startsWith("Cornice"),
  }));
  await plot(`packing-${name.replaceAll("/", "-")}`, { title: `Packing ${name}`, unit: "MB/s", bars });
}

const PEER = "tar | gzip -6";

/** Store paths have no characters that are special in a shell. */
function pipelineOf(compressor: string, paths: readonly string[]): Packing {
  return {
    name: `tar | ${compressor}`,
    async run() {
      const started = performance.now();
      const pipeline = `tar --create --absolute-names "$@" | ${compressor} | wc -c`;
      const { stdout } = await promisify(execFile)("sh", ["-c", pipeline, "sh", ...paths]);
      return { seconds: (performance.now() - started) / 1000, bytes: Number(stdout) };
    },
  };
}
