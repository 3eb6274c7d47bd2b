import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { IMAGE } from "./image.ts";
import type { Registries } from "./registries.ts";

const ROUNDS = 5;

/** Whole pulls with skopeo into an empty folder. The first round is not counted. */
export async function benchPulls({ edge, peer, directory, print }: Registries): Promise<void> {
  const folder = join(directory, "pulled");
  const times = { ours: Infinity, peer: Infinity };
  for (let round = 0; round <= ROUNDS; round++) {
    const ours = await pull(edge.host, folder);
    const theirs = await pull(peer.host, folder);
    if (round > 0) Object.assign(times, { ours: Math.min(times.ours, ours), peer: Math.min(times.peer, theirs) });
  }
  print(`Warm pull of ${IMAGE} with skopeo; fastest of ${ROUNDS}`);
  print(
    `  Cornice ${times.ours.toFixed(2)} s, registry:2 ${times.peer.toFixed(2)} s: ${(times.ours / times.peer).toFixed(2)} times`,
  );
}

/** In seconds. */
async function pull(host: string, folder: string): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  const started = performance.now();
  const source = ["--src-tls-verify=false", `docker://${host}/${IMAGE}:latest`];
  await promisify(execFile)("skopeo", ["copy", "--quiet", ...source, `dir:${folder}`]);
  return (performance.now() - started) / 1000;
}

/** Copies the image as it is, so that both registries hold the same bytes. */
export async function copyToPeer({ edge, peer }: Pick<Registries, "edge" | "peer">): Promise<void> {
  const options = ["--quiet", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"];
  const ends = [edge, peer].map(({ host }) => `docker://${host}/${IMAGE}:latest`);
  await promisify(execFile)("skopeo", ["copy", ...options, ...ends]);
}
