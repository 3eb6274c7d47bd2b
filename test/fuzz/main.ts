import { randomInt } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { removeFolder } from "../remove-folder.ts";
import { chooseProperties, PROPERTIES } from "./properties.ts";
import type { Failure, Property } from "./property.ts";
import { type Round, Rounds } from "./rounds.ts";

const USAGE = `Usage: npm run fuzz [-- --minutes N] [--only NAME] [--seed S [--path P]]
       npm run fuzz -- kills [options]

Gives odd input to the parsers of foreign input. Ends when the time is over, on Ctrl-C, or when a property fails.
\`kills\` kills commands that change the stores; kills --help has its options.

  --minutes N  how long to try all properties in turn (default: 1)
  --only NAME  one property, or all properties of a parser (the part before the slash)
  --seed S     the seed of the first round; each further round adds one (default: a new seed each time)
  --path P     one input of a seed, as a failure prints it; needs --only and --seed

Properties:
${PROPERTIES.map(({ name }) => `  ${name}`).join("\n")}`;

const MINUTE_MS = 60_000;
/** The time for one property. Long enough for thousands of inputs, short enough that each property gets its turn. */
const ROUND_MS = 2000;
const MAX_SEED = 2 ** 31;

// This one has options of its own, and starts workerd.
if (process.argv[2] === "kills") {
  const { fuzzKills } = await import("./kills/main.ts");
  process.exit(await fuzzKills(process.argv.slice(3)));
}

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

/** Returns false if a property fails. */
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
  // After Ctrl-C, the user does not want a stack trace of the thread.
  if (!isStopped) throw error;
} finally {
  await rounds.end();
  await removeFolder(directory);
  console.log("\ninputs of each property:");
  for (const [name, total] of totals) console.log(`  ${name}: ${total}`);
}
