import { useEffect, useState } from "preact/hooks";

const TICK_MS = 200;

/** The time. It goes on while `isTicking` is true. */
export function useClock(isTicking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}
