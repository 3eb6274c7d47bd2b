/** A time limit that can stand still. */
export interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  /** Runs work that has another limit. Its time does not count. */
  without<T>(work: () => Promise<T>): Promise<T>;
  /** Ends the limit for good. */
  end(): void;
}

/** The time begins at once. */
export function createTimeLimit(milliseconds: number): TimeLimit {
  const controller = new AbortController();
  const abort = () => controller.abort(new DOMException("the time is over", "TimeoutError"));
  let left = milliseconds;
  let began = performance.now();
  let timer = start();

  function start(): NodeJS.Timeout {
    began = performance.now();
    return setTimeout(abort, Math.max(0, left)).unref();
  }

  return {
    signal: controller.signal,
    async without(work) {
      clearTimeout(timer);
      left -= performance.now() - began;
      try {
        return await work();
      } finally {
        timer = start();
      }
    },
    end: () => clearTimeout(timer),
  };
}
