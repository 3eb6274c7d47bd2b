/** A value that is loaded when it is asked for, and kept in memory. */
export interface Refreshed<T> {
  /** The value, at most so old. Callers that come while it is loaded share one load; a failed one is not kept. */
  get(maxAgeMs: number): Promise<T>;
}

/** `now` gives milliseconds. The value's age counts from before it was loaded. */
export function createRefreshed<T>(load: () => Promise<T>, now: () => number): Refreshed<T> {
  let kept: { readonly value: T; readonly at: number } | undefined;
  let loading: Promise<T> | undefined;

  async function reload(): Promise<T> {
    const at = now();
    const value = await load();
    kept = { value, at };
    return value;
  }

  return {
    async get(maxAgeMs) {
      if (kept && now() - kept.at < maxAgeMs) return kept.value;
      loading ??= reload().finally(() => {
        loading = undefined;
      });
      return loading;
    },
  };
}
