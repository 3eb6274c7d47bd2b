import { beforeEach, describe, expect, test } from "vitest";
import { killCollections } from "../fuzz/kills/kill-collections.ts";
import { killRepairs } from "../fuzz/kills/kill-repairs.ts";
import { type Killable, startKillable } from "../fuzz/kills/killable.ts";
import { randomNumbers } from "../origin/garbage/turns.ts";

/** `npm run fuzz -- kills` kills a hundred times. */
const KILLS = 3;
const SEED = 20_261_130;

let killable: Killable;
beforeEach(async () => {
  killable = await startKillable();
  return () => killable.stop();
});

describe("against real stores, kill -9 leaves whole stores, and the next run ends the work", () => {
  test.each([
    ["cornice gc", killCollections],
    ["cornice fsck --repair", killRepairs],
  ])("of %s", async (_, kill) => {
    expect(await kill(killable, { kills: KILLS, random: randomNumbers(SEED) })).toMatchObject({ kills: KILLS });
  });
});
