import { CannotAssemble } from "../../image/assembly/cannot-assemble.ts";
import { logFailure } from "../answers/errors.ts";
import { perIsolate } from "../memory/per-isolate.ts";
import { within } from "../requests/time-limit.ts";
import type { AssemblySettings } from "./edge-settings.ts";

/** An image usually takes a fraction of a second. If R2 takes longer, the origin makes the image. */
export const TIME_LIMIT_MS = 10_000;
/** After that, all images go to the origin for this time. Otherwise each would wait in vain. */
const REST_MS = 10_000;
/** Milliseconds since the epoch. */
const restOf = perIsolate<AssemblySettings, { untilMs: number }>(() => ({ untilMs: 0 }));

/** Does the work for an image. Throws `CannotAssemble` if it takes too long, or if R2 has just been too slow. */
export async function inTime<Result>(config: AssemblySettings, work: () => Promise<Result>): Promise<Result> {
  const rest = restOf(config);
  if (Date.now() < rest.untilMs) throw tooSlow();
  const done = await within(
    TIME_LIMIT_MS,
    work().then((result) => ({ result })),
  );
  if (done) return done.result;
  if (Date.now() >= rest.untilMs) {
    rest.untilMs = Date.now() + REST_MS;
    logFailure("the edge makes no images for a moment", new Error(`R2 took longer than ${TIME_LIMIT_MS} ms`));
  }
  throw tooSlow();
}

function tooSlow(): CannotAssemble {
  return new CannotAssemble("R2 did not answer in time");
}
