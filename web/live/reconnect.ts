const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Milliseconds before the next try, after a number of failures. `random`, from 0 to 1, spreads clients. */
export function pauseBefore(failures: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return Math.round(pause * (0.75 + random / 4));
}
