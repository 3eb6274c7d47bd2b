import { setTimeout } from "node:timers/promises";
import { median } from "../starter.ts";
import { readImageClosure } from "../packed.ts";
import { openCachedOrigin } from "./cached-origin.ts";

const THREADS_START_MS = 1000;
const COMBINATIONS = 40;
const PACKAGES_EACH = 4;
/** Combinations before the measurement. */
const WARM_UP = 5;

/**
 * A separate process that makes new combinations of known packages. Arguments: SETTINGS DIRECTORY CLOSURE. Each store path of
 * the closure is a package. Prints `{ medianMs }` as JSON.
 */
const [settings = "", directory = "", closureFile = ""] = process.argv.slice(2);
const { closure } = await readImageClosure(closureFile);
const names = closure.map((_, index) => `p${index}`);
const found = closure.map(({ path }, index) => ({ name: `p${index}`, attribute: `p${index}`, path, requested: true }));

const first = await openCachedOrigin(directory, settings, found);
for (const name of names) await first.build([name]);
await first.builder.close(new Error("all packages are known"));

// Another origin: it has nothing in memory.
const { builder, build } = await openCachedOrigin(directory, settings, found);
await setTimeout(THREADS_START_MS);
const times: number[] = [];
for (let index = 0; index < COMBINATIONS; index++) {
  const chosen = Array.from(
    { length: PACKAGES_EACH },
    (_, place) => names[(index * 7 + place * 17) % names.length] ?? "",
  );
  const started = performance.now();
  await build([...new Set(chosen)].toSorted());
  times.push(performance.now() - started);
}
console.log(JSON.stringify({ medianMs: median(times.slice(WARM_UP)) }));
await builder.close(new Error("it is measured"));
