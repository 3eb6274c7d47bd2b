import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchColdPull } from "./cold-pull.ts";
import { benchLayering } from "./layering.ts";
import { benchMemory } from "./memory.ts";
import { benchPacking } from "./packing.ts";
import { starterPreparer } from "./starter.ts";

const USAGE = `Usage: npm run bench [-- memory | packing | cold-pull | layering ...]

Prints Cornice's figures, beside those of peers measured in the same run. Needs what npm start needs.

  memory     peak memory while packing the largest image of the starter set, and one twice as large
  packing    speed of packing against tar | gzip -6
  cold-pull  a pull of shell/git/htop whose closure is realised, from request to manifest, by phase
  layering   bytes that simulated clients fetch, with our layers and with other ways to make them
`;

const BENCHMARKS = { memory: benchMemory, packing: benchPacking, "cold-pull": benchColdPull, layering: benchLayering };

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
  const prepare = await starterPreparer(directory);
  const chosen =
    names.length > 0 ? names.filter(isBenchmark) : (["memory", "packing", "cold-pull", "layering"] as const);
  for (const name of chosen) await BENCHMARKS[name]({ directory, prepare, print: console.log });
} finally {
  await rm(directory, { recursive: true, force: true });
}
