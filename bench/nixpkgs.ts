import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { packArchive } from "../test/stand-in/archive.ts";
import { withStore } from "../test/stand-in/own-store.ts";
import { packageNames, writePackageSet } from "../test/stand-in/package-set.ts";
import { type Release, type StandIn, startStandIn } from "../test/stand-in/server.ts";
import { output } from "../test/system/program.ts";
import { printDownloads } from "./nixpkgs-downloads.ts";
import { runRevision } from "./revision-process.ts";
import { type BenchContext, median } from "./starter.ts";

/** Like nixpkgs. */
const FILES = 45_000;
const PACKAGES = 200;
const AT_ONCE = 8;
const ROUNDS = 3;
const CHANNEL = "nixos-25.11";
/** The stand-in waits this long before each answer. */
const FAULTS = "latency=50";

interface Bench extends Pick<BenchContext, "directory" | "print"> {
  readonly tree: string;
  readonly standIn: StandIn;
  readonly channels: Map<string, Release>;
}

/**
 * The time from a revision that no store has to an evaluated derivation, and the time of downloads from a cache. Each round has a Nix store of its own. The folders
 * of all rounds stay until the end: ext4 makes files slowly while it forgets removed ones.
 */
export async function benchNixpkgs({ directory, print }: Pick<BenchContext, "directory" | "print">): Promise<void> {
  const tree = join(directory, "tree");
  await writePackageSet(tree, { packages: PACKAGES, furtherFiles: FILES, mayBuild: join(directory, "may-build") });
  const channels = new Map<string, Release>();
  const standIn = await startStandIn({ channels });
  try {
    await printFigures({ directory, print, tree, standIn, channels });
  } finally {
    await standIn.stop();
  }
  await printDownloads({ directory, print });
}

async function printFigures(bench: Bench): Promise<void> {
  const { print } = bench;
  const rounds = { baseline: [0], one: [0], several: [0] };
  for (const times of Object.values(rounds)) times.pop();
  for (let round = 0; round < ROUNDS; round++) {
    const [name = "", ...others] = packageNames(PACKAGES).slice(-AT_ONCE);
    rounds.baseline.push(await baseline(bench, name));
    rounds.one.push(await cornice(bench, [name]));
    rounds.several.push(await cornice(bench, [name, ...others]));
  }
  const [base, one, several] = [median(rounds.baseline), median(rounds.one), median(rounds.several)];
  print(`A revision of ${FILES} files that no store has, to an evaluated derivation; medians of ${ROUNDS}`);
  print(`  tar -xzf, then nix-instantiate: ${base.toFixed(2)} s`);
  print(`  Cornice, one image: ${one.toFixed(2)} s, ${(one / base).toFixed(2)} times that`);
  print(`  Cornice, ${AT_ONCE} images at once: ${several.toFixed(2)} s, ${(several / one).toFixed(2)} times one image`);
  const asked = bench.standIn.counts.get("archive")?.requests ?? 0;
  print(`  downloads of the archive: ${asked} for ${2 * ROUNDS} revisions; load ${loadavg()[0]?.toFixed(1)}`);
}

/** Unpacks the archive and evaluates a package in it, with Nix alone. Returns seconds. */
async function baseline(bench: Bench, name: string): Promise<number> {
  const { archive, revision } = await newRevision(bench);
  const folder = await mkdtemp(join(bench.directory, "baseline-"));
  const set = join(folder, `nixpkgs-${revision}`);
  const instantiate = withStore(join(folder, "nix"), {
    file: "nix-instantiate",
    args: ["--option", "build-users-group", "", set, "-A", name],
    env: { PATH: process.env["PATH"] ?? "", HOME: folder },
  });
  const started = performance.now();
  await output("tar", ["-xzf", archive, "-C", folder]);
  await output(instantiate.file, instantiate.args, { env: instantiate.env });
  return (performance.now() - started) / 1000;
}

/** Evaluates packages of a new revision, all at once, as an origin does. Returns seconds. */
async function cornice(bench: Bench, names: readonly string[]): Promise<number> {
  await newRevision(bench);
  const settings = { ...bench.standIn.channelSettings(CHANNEL, FAULTS), CORNICE_NIX_SUBSTITUTERS: "" };
  const { seconds } = await runRevision({ directory: bench.directory, settings, names, phase: "realise" });
  return seconds;
}

/** Moves the channel to a revision that no store has, with the same files. */
async function newRevision({ directory, tree, channels }: Bench): Promise<Release> {
  const revision = randomBytes(20).toString("hex");
  const archive = join(directory, `${revision}.tar.gz`);
  await packArchive(tree, revision, archive);
  channels.set(CHANNEL, { revision, archive });
  return { revision, archive };
}
