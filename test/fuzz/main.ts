import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chooseProperties, PROPERTIES } from "./properties.ts";
import type { Failure, Property } from "./property.ts";
import { type Round, Rounds } from "./rounds.ts";

const USAGE = `Usage: npm run fuzz [-- --minutes N] [--only NAME] [--seed S [--path P]]

Gives the parsers of other people's bytes inputs that nobody means, until the time is over, Ctrl-C, or a statement fails.

  --minutes N  how long, all properties in turn; 1 by default
  --only NAME  one property, or all of one parser by the part before the slash
  --seed S     the seed of the first round, each further one's is one more; by default a new one each time
  --path P     one input of a seed, as a failure names it; takes --only and --seed

Properties:
${PROPERTIES.map(({ name }) => `  ${name}`).join("\n")}`;

const MINUTE_MS = 60_000;
/** Of one property at a time: long enough to try thousands of inputs, short enough that each gets its turn. */
const ROUND_MS = 2000;
const MAX_SEED = 2 ** 31;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    minutes: { type: "string", default: "1" },
    only: { type: "string" },
    seed: { type: "string" },
    path: { type: "string" },
  },
});
const { only, path } = values;
const minutes = Number(values.minutes);
const firstSeed = values.seed === undefined ? undefined : Number(values.seed);
const chosen = chooseProperties(only);
const isWhole = firstSeed === undefined || Number.isInteger(firstSeed);
const isReplay = path === undefined || (chosen.length === 1 && firstSeed !== undefined);

if (values.help || !(minutes > 0) || !isWhole || !isReplay || chosen.length === 0) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 1);
}

const totals = new Map<string, number>();
const directory = await mkdtemp(join(tmpdir(), "cornice-fuzz-"));
const rounds = new Rounds(directory);
let isStopped = false;

process.on("SIGINT", () => {
  isStopped = true;
  void rounds.end();
});

/** False where a statement does not hold. */
async function tryOne({ name }: Property, trial: Omit<Round, "name">): Promise<boolean> {
  const { runs, failure } = await rounds.run({ name, ...trial });
  const total = (totals.get(name) ?? 0) + runs;
  totals.set(name, total);
  if (failure) console.log(describe(name, trial.seed, failure));
  else console.log(`${name}: ${runs} more inputs, ${total} in all`);
  return !failure;
}

function describe(name: string, seed: number, failure: Failure): string {
  const place = failure.path === "" ? "" : ` --path ${failure.path}`;
  const command = `npm run fuzz -- --only ${name} --seed ${seed}${place}`;
  return `\n${name} does not hold, with seed ${seed} and path ${failure.path}:\n${failure.text}\n\nto repeat it: ${command}`;
}

async function tryAll(): Promise<boolean> {
  const end = performance.now() + minutes * MINUTE_MS;
  const limitMs = Math.min(ROUND_MS, (minutes * MINUTE_MS) / chosen.length);
  for (let round = 0; performance.now() < end; round++) {
    for (const property of chosen) {
      const seed = firstSeed === undefined ? randomInt(MAX_SEED) : firstSeed + round;
      const isTime = round === 0 || performance.now() < end;
      if (isTime && !(await tryOne(property, { seed, limitMs }))) return false;
    }
  }
  return true;
}

try {
  const [first] = chosen;
  const isReplayed = path !== undefined && first !== undefined && firstSeed !== undefined;
  const holds = await (isReplayed ? tryOne(first, { seed: firstSeed, path, runs: 1 }) : tryAll());
  process.exitCode = holds ? 0 : 1;
} catch (error) {
  // Whoever has ended it wants no trace of the thread.
  if (!isStopped) throw error;
} finally {
  await rounds.end();
  await rm(directory, { recursive: true, force: true });
  console.log("\ninputs of each property:");
  for (const [name, total] of totals) console.log(`  ${name}: ${total}`);
}
