/** Loads a value when a caller needs it, and keeps it in memory. */
export interface Refreshed<T> {
  /** The value, at most `maxAgeMs` old. Callers at the same time share one load. A failed load is not kept. */
  get(maxAgeMs: number): Promise<T>;
}

/** `now` gives milliseconds. The age of a value starts when its load starts. */
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
