import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { randomNumbers } from "../../origin/garbage/turns.ts";
import { killCollections } from "./kill-collections.ts";
import { killRepairs } from "./kill-repairs.ts";
import { type Killable, startKillable } from "./killable.ts";
import type { KillOptions, KillReport } from "./kill-rounds.ts";

const USAGE = `Usage: npm run fuzz -- kills [--kills N] [--only gc|fsck] [--seed S]

Kills \`cornice gc\` and \`cornice fsck --repair\` at random requests to real local stores. After each kill, the stores must be
whole. Ends with exit code 1 at the first fault.

  --kills N       kills of each command (default: 100, which take ten minutes)
  --only gc|fsck  one command
  --seed S        the seed of the instants (default: a new one each time)
`;

const MAX_SEED = 2 ** 31;
/** A line now and then. */
const SHOWN_KILLS = 10;

const COMMANDS: Readonly<Record<string, (killable: Killable, options: KillOptions) => Promise<KillReport>>> = {
  gc: killCollections,
  fsck: killRepairs,
};

/** Runs `npm run fuzz -- kills`. Returns the exit code. */
export async function fuzzKills(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      kills: { type: "string", default: "100" },
      only: { type: "string" },
      seed: { type: "string" },
    },
  });
  const [kills, seed] = [Number(values.kills), values.seed === undefined ? randomInt(MAX_SEED) : Number(values.seed)];
  const chosen = Object.entries(COMMANDS).filter(([name]) => values.only === undefined || name === values.only);
  if (values.help || !(kills > 0) || !Number.isInteger(seed) || chosen.length === 0) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  console.log(`seed ${seed}`);
  for (const [name, kill] of chosen) {
    const killable = await startKillable();
    try {
      const report = await kill(killable, { kills, random: randomNumbers(seed), onKill: showKill(name) });
      console.log(describe(name, report));
    } finally {
      await killable.stop();
    }
  }
  return 0;
}

function showKill(name: string): (kills: number) => void {
  return (kills) => {
    if (kills % SHOWN_KILLS === 0) console.log(`${name}: ${kills} kills`);
  };
}

function describe(name: string, { kills, ended, requests }: KillReport): string {
  return `${name}: whole after ${kills} kills among ${requests} requests; ${ended} runs between them came to their end`;
}
