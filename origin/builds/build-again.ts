import { SweptAway } from "../sweeps/sweep-errors.ts";
import type { BuildRun } from "./build-run.ts";

const ATTEMPTS = 3;

/** Builds again what a garbage collection has taken apart meanwhile. After three attempts, throws `SweptAway`. */
export async function buildWhole<T>({ onEvent }: Pick<BuildRun, "onEvent">, build: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await build();
    } catch (error) {
      if (!(error instanceof SweptAway) || attempt === ATTEMPTS) throw error;
      onEvent({ event: "log", line: error.message });
    }
  }
}
