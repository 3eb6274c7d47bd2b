/** The tools that each measurement gets. */
export interface Measure {
  /** For temporary files. It is removed at the end. */
  readonly directory: string;
  /** Runs `work` a few times, and prints the fastest time beside the budget, in milliseconds. */
  readonly time: (name: string, budgetMs: number, work: () => Promise<void>) => Promise<void>;
  /** Prints a time that was measured elsewhere. */
  readonly print: (name: string, budgetMs: number, ms: number) => void;
}

/** The fastest round counts, because other programs run on this machine, too. */
const ROUNDS = 5;

export function createMeasure(directory: string, log: (line: string) => void): Measure {
  const print: Measure["print"] = (name, budgetMs, ms) =>
    log(`${ms.toFixed(1).padStart(9)} ms of ${budgetMs}  ${name}${ms > budgetMs ? "  (too slow)" : ""}`);
  return {
    directory,
    print,
    async time(name, budgetMs, work) {
      await work();
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const started = performance.now();
        await work();
        times.push(performance.now() - started);
      }
      print(name, budgetMs, Math.min(...times));
    },
  };
}
