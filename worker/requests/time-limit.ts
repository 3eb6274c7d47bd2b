/** What work comes to, or undefined when it has not ended after so long; it goes on then. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    // A timer that is left behind keeps an object in memory, which is paid for.
    clearTimeout(timer);
  }
}
