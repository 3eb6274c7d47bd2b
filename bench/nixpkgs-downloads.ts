import { mkdir, mkdtemp } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { packArchive } from "../test/stand-in/archive.ts";
import { type BinaryCache, makeCache } from "../test/stand-in/binary-cache.ts";
import { withStore } from "../test/stand-in/own-store.ts";
import { packageNames, writePackageSet } from "../test/stand-in/package-set.ts";
import { type StandIn, startStandIn } from "../test/stand-in/server.ts";
import { output } from "../test/system/program.ts";
import { runRevision } from "./revision-process.ts";
import { type BenchContext, median, megabytes } from "./starter.ts";

const PACKAGES = 71;
/** The size of the largest package. */
const BIG_MIB = 235;
/** Packages that every image gets. */
const BASE = ["cacert", "iana-etc"];
const ROUNDS = 3;
const CHANNEL = "nixos-25.11";
/** The cache waits this long before each answer. */
const FAULTS = "latency=50";

/** Downloads packages from a binary cache, as an image and with `nix copy`. */
export async function printDownloads({ directory, print }: Pick<BenchContext, "directory" | "print">): Promise<void> {
  const folder = join(directory, "downloads");
  await mkdir(folder);
  const [tree, mayBuild] = [join(folder, "tree"), join(folder, "may-build")];
  await writePackageSet(tree, { packages: PACKAGES, bigMib: BIG_MIB, mayBuild });
  const names = ["bigone", ...packageNames(PACKAGES)];
  const cache = await makeCache(folder, { set: tree, mayBuild, attributes: [...names, ...BASE] });
  const revision = "1".repeat(40);
  const archive = join(folder, "nixpkgs.tar.gz");
  await packArchive(tree, revision, archive);
  const standIn = await startStandIn({ channels: new Map([[CHANNEL, { revision, archive }]]), cache: cache.folder });
  try {
    const copies: number[] = [];
    const images: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      copies.push(await copy(folder, standIn, cache));
      images.push(await image(folder, standIn, cache, names));
    }
    const [copied, downloaded] = [median(copies), median(images)];
    const { requests, bytes } = standIn.counts.get("nar") ?? { requests: 0, bytes: 0 };
    const [count, size] = [requests / ROUNDS / 2, megabytes(bytes / ROUNDS / 2)];
    print(`Downloads of ${count} paths (${size}) from a cache with 50 ms latency; medians of ${ROUNDS}`);
    print(`  nix copy: ${copied.toFixed(2)} s`);
    print(`  Cornice: ${downloaded.toFixed(2)} s, ${(downloaded / copied).toFixed(2)} times that`);
    print(`  load ${loadavg()[0]?.toFixed(1)}`);
  } finally {
    await standIn.stop();
  }
}

async function copy(folder: string, standIn: StandIn, { publicKey, paths }: BinaryCache): Promise<number> {
  const home = await mkdtemp(join(folder, "copy-"));
  const options = ["--option", "trusted-public-keys", publicKey, "--option", "build-users-group", ""];
  const { file, args, env } = withStore(join(home, "nix"), {
    file: "nix",
    args: [...NIX_COMMAND, "copy", ...options, "--from", standIn.cacheUrl(FAULTS), ...paths],
    env: { PATH: process.env["PATH"] ?? "", HOME: home },
  });
  const started = performance.now();
  await output(file, args, { env });
  return (performance.now() - started) / 1000;
}

const NIX_COMMAND = ["--extra-experimental-features", "nix-command"];

async function image(folder: string, standIn: StandIn, cache: BinaryCache, names: readonly string[]): Promise<number> {
  const settings = {
    ...standIn.channelSettings(CHANNEL),
    CORNICE_NIX_SUBSTITUTERS: standIn.cacheUrl(FAULTS),
    CORNICE_NIX_TRUSTED_KEYS: cache.publicKey,
    CORNICE_MAX_PACKAGES: "255",
  };
  const { realising } = await runRevision({ directory: folder, settings, names: [names.join("/")], phase: "group" });
  return realising;
}
