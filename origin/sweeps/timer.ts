/** Starts to measure a time. The result gives the milliseconds since. */
export type StartTimer = () => () => number;

/** One clock stands still while the machine sleeps, and the other one may jump. So the longer time counts. */
export const systemTimer: StartTimer = () => {
  const [steady, wall] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - steady, Math.abs(Date.now() - wall));
};
