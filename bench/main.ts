import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BarChart, barChart } from "./bar-chart.ts";
import { benchBuilds } from "./builds.ts";
import { benchCaches } from "./caches/main.ts";
import { benchColdPull } from "./cold-pull.ts";
import { benchLayering } from "./layering.ts";
import { benchMemory } from "./memory.ts";
import { benchNixpkgs } from "./nixpkgs.ts";
import { benchPacking } from "./packing.ts";
import { createContext } from "./starter.ts";
import { benchFsck, benchGc } from "./upkeep/main.ts";
import { benchWhole } from "./whole/main.ts";

const USAGE = `Usage: npm run bench [-- [--plots FOLDER] packing | builds | memory | cold-pull | layering | nixpkgs | caches ...]
       npm run bench -- whole [options]

Prints Cornice's figures, beside figures of peers from the same run. Has the same requirements as npm start.

  packing    speed and size of packing against tar | gzip -6 and tar | pigz -6
  builds     whole builds into a disk store: cold, of an overlapping image, and twenty at once
  memory     peak memory while packing images of half a gigabyte, one, and two
  cold-pull  a pull of shell/git/htop with a realised closure, from request to manifest, by phase
  nixpkgs    a revision of 45,000 files to an evaluated derivation, and downloads; needs root, and only runs by name
  caches     images from a binary cache without Nix, beside Nix's substitution; needs root, and only runs by name
  layering   bytes that simulated clients fetch, with our layers and with layers of other schemes
  gc         a garbage collection of 25,000 objects and of 100,000; only runs by name
  fsck       a check of a gigabyte of blobs, and of 25,000 small objects; only runs by name
  whole      the product as npm start runs it, beside its peers; whole --help has its options

  --plots FOLDER  also draw charts of packing and memory, as SVG files
`;

const BENCHMARKS = {
  packing: benchPacking,
  builds: benchBuilds,
  memory: benchMemory,
  "cold-pull": benchColdPull,
  layering: benchLayering,
};

/** Benchmarks that take many minutes, so that they only run by name. */
const LONG_BENCHMARKS = { caches: benchCaches };

/** Benchmarks that need no starter set. */
const WITHOUT_SET = { nixpkgs: benchNixpkgs, gc: benchGc, fsck: benchFsck };

function isBenchmark(name: string): name is keyof typeof BENCHMARKS {
  return Object.hasOwn(BENCHMARKS, name);
}

function isLong(name: string): name is keyof typeof LONG_BENCHMARKS {
  return Object.hasOwn(LONG_BENCHMARKS, name);
}

function isWithoutSet(name: string): name is keyof typeof WITHOUT_SET {
  return Object.hasOwn(WITHOUT_SET, name);
}

// This one has options of its own.
if (process.argv[2] === "whole") process.exit(await benchWhole(process.argv.slice(3), console.log));

const { values, positionals: names } = parseArgs({
  options: { help: { type: "boolean", default: false }, plots: { type: "string" } },
  allowPositionals: true,
});
if (values.help || !names.every((name) => isBenchmark(name) || isLong(name) || isWithoutSet(name))) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 1);
}

async function plot(name: string, chart: BarChart): Promise<void> {
  if (values.plots === undefined) return;
  await mkdir(values.plots, { recursive: true });
  await writeFile(join(values.plots, `${name}.svg`), barChart(chart));
}

const directory = await mkdtemp(join(tmpdir(), "cornice-bench-"));
try {
  for (const name of names.filter(isWithoutSet)) await WITHOUT_SET[name]({ directory, print: console.log });
  const chosen = (names.length > 0 ? names : Object.keys(BENCHMARKS)).filter(isBenchmark);
  const long = names.filter(isLong);
  if (chosen.length + long.length > 0) {
    const context = await createContext({ directory, print: console.log, plot });
    for (const name of chosen) await BENCHMARKS[name](context);
    for (const name of long) await LONG_BENCHMARKS[name](context);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
