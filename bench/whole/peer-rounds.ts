import { type Bench, type ColdImage, rows, timedSample } from "./bench.ts";
import { requestManifest } from "./manifest-request.ts";
import { skopeoPull, startNixery, tarGzip } from "./peers.ts";
import { NIXERY, TAR_GZIP } from "./sample.ts";

/** One run is the baseline of all measurements of a cold image. */
export async function measureTarGzip({ parts, record }: Bench, { name, paths }: ColdImage): Promise<void> {
  const compared = (["cold", "pull", "build"] as const).filter((part) => parts.has(part));
  if (compared.length === 0) return;
  const run = await tarGzip(paths);
  for (const part of compared) record(timedSample(rows[part](name), TAR_GZIP, run));
}

/** Measures what Nixery can do, each cold image with an empty store. */
export async function measureNixery(bench: Bench, { name, more }: ColdImage): Promise<void> {
  const { parts, record, directory, nixery: file, packages } = bench;
  if (file === undefined) return;
  const manifest = async (host: string, image: string, row: string) => {
    const { seconds } = await requestManifest(host, image);
    record({ row, by: NIXERY, value: seconds, unit: "s" });
  };
  const pull = async (host: string, image: string, row: string) =>
    record({ row, by: NIXERY, value: (await skopeoPull(host, image, directory)).seconds, unit: "s" });
  if (parts.has("cold") || parts.has("more")) {
    await using server = await startNixery(file, directory, packages);
    await manifest(server.host, name, rows.cold(name));
    if (more !== undefined && parts.has("more")) {
      await manifest(server.host, more, rows.more(more));
      for (const row of [rows.firstPull(more), rows.secondPull(more)]) await pull(server.host, more, row);
    }
  }
  if (parts.has("pull")) {
    await using server = await startNixery(file, directory, packages);
    await pull(server.host, name, rows.pull(name));
  }
}
