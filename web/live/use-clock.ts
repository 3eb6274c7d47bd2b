import { useEffect, useState } from "preact/hooks";

const TICK_MS = 200;

/** The time, which goes on as long as `isTicking`. */
export function useClock(isTicking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}
