import type { BuildEvent, BuildListener } from "../../protocol/build-events.ts";

/** Does some work for a key. Callers at the same time share it, and all of them get its events. */
export type SharedWork<T> = (key: string, onEvent: BuildListener) => Promise<T>;

interface Running<T> {
  readonly result: Promise<T>;
  readonly listeners: Set<BuildListener>;
  /** The steps that have begun or ended. A caller that comes later gets them first. */
  readonly steps: readonly BuildEvent[];
}

const JOINED = "another build is fetching the same revision; this build waits for it";

export function createSharedWork<T>(work: SharedWork<T>): SharedWork<T> {
  const running = new Map<string, Running<T>>();

  function begin(key: string): Running<T> {
    const listeners = new Set<BuildListener>();
    const steps: BuildEvent[] = [];
    const tell: BuildListener = (event) => {
      if (event.event === "work") steps.push(event);
      for (const listener of listeners) listener(event);
    };
    const begun = { listeners, steps, result: work(key, tell).finally(() => running.delete(key)) };
    running.set(key, begun);
    return begun;
  }

  return (key, onEvent) => {
    const known = running.get(key);
    if (known) onEvent({ event: "log", line: JOINED });
    const { listeners, steps, result } = known ?? begin(key);
    steps.forEach(onEvent);
    listeners.add(onEvent);
    return result;
  };
}
