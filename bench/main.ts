import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchBuilds } from "./builds.ts";
import { benchColdPull } from "./cold-pull.ts";
import { benchLayering } from "./layering.ts";
import { benchMemory } from "./memory.ts";
import { benchPacking } from "./packing.ts";
import { createContext } from "./starter.ts";

const USAGE = `Usage: npm run bench [-- packing | builds | memory | cold-pull | layering ...]

Prints Cornice's figures, beside those of peers measured in the same run. Needs what npm start needs.

  packing    speed and size of packing against tar | gzip -6 and tar | pigz -6
  builds     whole builds into a disk store: cold, of an image that overlaps, and twenty at once
  memory     peak memory while packing images of half a gigabyte, one, and two
  cold-pull  a pull of shell/git/htop whose closure is realised, from request to manifest, by phase
  layering   bytes that simulated clients fetch, with our layers and with other ways to make them
`;

const BENCHMARKS = {
  packing: benchPacking,
  builds: benchBuilds,
  memory: benchMemory,
  "cold-pull": benchColdPull,
  layering: benchLayering,
};

function isBenchmark(name: string): name is keyof typeof BENCHMARKS {
  return Object.hasOwn(BENCHMARKS, name);
}

const names = process.argv.slice(2);
if (names.includes("--help") || !names.every(isBenchmark)) {
  console.log(USAGE);
  process.exit(names.includes("--help") ? 0 : 1);
}
const directory = await mkdtemp(join(tmpdir(), "cornice-bench-"));
try {
  const context = await createContext(directory, console.log);
  const chosen = names.length > 0 ? names : Object.keys(BENCHMARKS);
  for (const name of chosen.filter(isBenchmark)) await BENCHMARKS[name](context);
} finally {
  await rm(directory, { recursive: true, force: true });
}
