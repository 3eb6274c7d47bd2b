/** Two clocks of a machine. */
export interface MachineClocks {
  /** Milliseconds since some moment. It never jumps, but may stand still while the machine sleeps. */
  steady(): number;
  /** Milliseconds since the epoch. It may jump. */
  wall(): number;
}

/** Gives the milliseconds since its start. */
export type Timer = () => number;

/** Starts to measure a time. */
export type StartTimer = () => Timer;

/** The clocks of the machine that runs this process. */
export const SYSTEM_CLOCKS: MachineClocks = { steady: () => performance.now(), wall: Date.now };

/** One clock stands still while the machine sleeps, and the other one may jump. So the longer time counts. */
export function startTimer(clocks: MachineClocks): Timer {
  const [steady, wall] = [clocks.steady(), clocks.wall()];
  return () => Math.max(clocks.steady() - steady, Math.abs(clocks.wall() - wall));
}

export const systemTimer: StartTimer = () => startTimer(SYSTEM_CLOCKS);
