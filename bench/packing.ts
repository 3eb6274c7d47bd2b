import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { packInProcess } from "./packed.ts";
import { type BenchContext, closureBytes, megabytes } from "./starter.ts";

const IMAGE = "shell/git/htop";
const ROUNDS = 3;

/** Packing, with all four of tar, diffID, gzip and digest, against a plain tar | gzip -6 of the same paths. */
export async function benchPacking({ directory, prepare, print }: BenchContext): Promise<void> {
  const image = await prepare(IMAGE);
  const paths = image.closure.map(({ path }) => path);
  const ours: number[] = [];
  const theirs: number[] = [];
  let packedBytes = 0;
  let peerBytes = 0;
  // In turn, so that a machine that grows slower or faster treats both alike.
  for (let round = 0; round < ROUNDS; round++) {
    const result = await packInProcess(image, directory);
    packedBytes = result.packedBytes;
    ours.push(result.seconds);
    const started = performance.now();
    peerBytes = await tarAndGzip(paths);
    theirs.push((performance.now() - started) / 1000);
  }
  print(`Packing ${IMAGE}, ${megabytes(closureBytes(image))} in ${paths.length} store paths; medians of ${ROUNDS}`);
  print(`  Cornice         ${median(ours).toFixed(2)} s, ${megabytes(packedBytes)}`);
  print(`  tar | gzip -6   ${median(theirs).toFixed(2)} s, ${megabytes(peerBytes)}`);
  print(
    `  ${(median(theirs) / median(ours)).toFixed(1)} times as fast, ${(packedBytes / peerBytes).toFixed(2)} of the size`,
  );
}

/** Returns the compressed size in bytes. Store paths hold no character that a shell would mind. */
async function tarAndGzip(paths: readonly string[]): Promise<number> {
  const pipeline = 'tar --create --absolute-names "$@" | gzip -6 | wc -c';
  const { stdout } = await promisify(execFile)("sh", ["-c", pipeline, "sh", ...paths]);
  return Number(stdout);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
