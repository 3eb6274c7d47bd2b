/** The result of work; undefined if the work has not ended after `limitMs`. The work then goes on. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    // A running timer keeps a Durable Object in memory, and its time there costs money.
    clearTimeout(timer);
  }
}
