import { mkdtemp, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import type { ImageClosure } from "../../image/closure/image-closure.ts";
import { isJsonObject } from "../../protocol/json-object.ts";
import { withStore } from "../../test/stand-in/own-store.ts";
import { startStandIn } from "../../test/stand-in/server.ts";
import { output } from "../../test/system/program.ts";
import { packInProcess } from "../packed.ts";
import { runScript } from "../script.ts";
import { type BenchContext, closureBytes, median, megabytes } from "../starter.ts";
import { type FilledCache, fillCache } from "./make-cache.ts";

const IMAGES = ["shell/git/htop", "python3/ffmpeg"];
/** Closures of about half a gigabyte, one, and two. */
const LARGE_IMAGES = ["python3/ffmpeg/vim/git", "ghc", "ghc/cargo/ocaml"];
const ROUNDS = 3;

interface CachedRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly writtenBytes: number;
  /** The most bytes in the spool. */
  readonly spoolBytes: number;
}

interface CacheServer extends FilledCache {
  readonly url: string;
}

/** Images from a binary cache on loopback, beside Nix's substitution followed by packing. It needs root. */
export async function benchCaches(context: BenchContext): Promise<void> {
  const { print } = context;
  for (const name of IMAGES) {
    const image = await context.prepare(name);
    for (const compression of ["xz", "zstd"] as const) await printComparison(context, name, image, compression);
  }
  await printKnown(context);
  print("Memory and disk while an image is made from a cache, zstd");
  for (const name of LARGE_IMAGES) await printMemory(context, name);
  print(`load ${loadavg()[0]?.toFixed(1)}`);
}

async function printComparison(
  context: BenchContext,
  name: string,
  image: ImageClosure,
  compression: "xz" | "zstd",
): Promise<void> {
  const { directory, print } = context;
  const substitutions: number[] = [];
  const packings: number[] = [];
  const runs: CachedRun[] = [];
  await withCache(context, image, compression, async (cache) => {
    for (let round = 0; round < ROUNDS; round++) {
      substitutions.push(await substitute(directory, cache, image));
      packings.push((await packInProcess({ image, directory, compression: "gzip" })).seconds);
      runs.push(await runCached(context, cache, name, image));
    }
  });
  const [nix, packing] = [median(substitutions), median(packings)];
  const seconds = median(runs.map((run) => run.seconds));
  const cpu = median(runs.map((run) => run.cpuSeconds));
  print(`${name} from a cache with ${compression}, ${megabytes(closureBytes(image))} in ${image.closure.length} paths`);
  print(`  Nix's substitution ${nix.toFixed(2)} s, then packing ${packing.toFixed(2)} s`);
  print(
    `  Cornice ${seconds.toFixed(2)} s, ${((nix + packing) / seconds).toFixed(2)} times as fast; CPU ${cpu.toFixed(2)} s`,
  );
}

/** New combinations of packages that were packed before, into a store on disk. */
async function printKnown(context: BenchContext): Promise<void> {
  const [name = ""] = IMAGES;
  const image = await context.prepare(name);
  await withCache(context, image, "zstd", async (cache) => {
    const args = async (folder: string) => {
      const file = join(folder, "image.json");
      await writeFile(file, JSON.stringify(image));
      return [JSON.stringify(settingsFor(context, cache)), folder, file];
    };
    const { medianMs } = await runScript("caches/run-known.ts", context.directory, args, isKnownRun);
    context.print(
      `A new combination of four known packages: median ${medianMs.toFixed(0)} ms, without the store's latency`,
    );
  });
}

function isKnownRun(value: unknown): value is { readonly medianMs: number } {
  return isJsonObject(value) && typeof value["medianMs"] === "number";
}

async function printMemory(context: BenchContext, name: string): Promise<void> {
  const image = await context.prepare(name);
  await withCache(context, image, "zstd", async (cache) => {
    const { seconds, peakBytes, writtenBytes, spoolBytes } = await runCached(context, cache, name, image);
    context.print(
      `  ${name}, ${megabytes(closureBytes(image))}: ${seconds.toFixed(1)} s, peak memory ${megabytes(peakBytes)}, ` +
        `written ${megabytes(writtenBytes)}, at most ${megabytes(spoolBytes)} in the spool`,
    );
  });
}

async function withCache(
  { directory }: BenchContext,
  { closure }: ImageClosure,
  compression: "xz" | "zstd",
  work: (cache: CacheServer) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(directory, "cache-"));
  const cache = await fillCache(
    folder,
    closure.map(({ path }) => path),
    compression,
  );
  const server = await startStandIn({ cache: cache.folder });
  try {
    await work({ ...cache, url: server.cacheUrl() });
  } finally {
    await server.stop();
  }
}

/** Downloads the closure with Nix into an empty store. Returns seconds. */
async function substitute(
  directory: string,
  { url, publicKey }: CacheServer,
  { packages }: ImageClosure,
): Promise<number> {
  const home = await mkdtemp(join(directory, "substitute-"));
  const options = { substituters: url, "trusted-public-keys": publicKey, "build-users-group": "", sandbox: "false" };
  const { file, args, env } = withStore(join(home, "nix"), {
    file: "nix-store",
    args: [
      "--realise",
      ...packages.map(({ path }) => path),
      ...Object.entries(options).flatMap(([option, value]) => ["--option", option, value]),
    ],
    env: { PATH: process.env["PATH"] ?? "", HOME: home, NIX_REMOTE: "local" },
  });
  const started = performance.now();
  await output(file, args, { env });
  return (performance.now() - started) / 1000;
}

function settingsFor({ settings }: BenchContext, { url, publicKey }: CacheServer): Record<string, string> {
  return { ...settings, CORNICE_NIX_SUBSTITUTERS: url, CORNICE_NIX_TRUSTED_KEYS: publicKey };
}

function runCached(context: BenchContext, cache: CacheServer, name: string, image: ImageClosure): Promise<CachedRun> {
  const args = async (folder: string) => {
    const file = join(folder, "image.json");
    await writeFile(file, JSON.stringify(image));
    return [JSON.stringify(settingsFor(context, cache)), folder, name, file];
  };
  return runScript("caches/run-cached.ts", context.directory, args, isCachedRun);
}

function isCachedRun(value: unknown): value is CachedRun {
  if (!isJsonObject(value)) return false;
  const names = ["seconds", "cpuSeconds", "peakBytes", "writtenBytes", "spoolBytes"];
  return names.every((name) => typeof value[name] === "number");
}
