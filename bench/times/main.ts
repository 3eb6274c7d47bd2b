import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureFirstByte } from "./first-byte.ts";
import { measureFirstPaint } from "./first-paint.ts";
import { createMeasure } from "./measure.ts";
import { measureOutput } from "./output.ts";
import { measureSearch } from "./search.ts";

const USAGE = `Usage: npm run bench:times [-- search | first-byte | output | first-paint ...]

Prints times that people or programs wait for, each beside its budget. No test asserts them, because any program can be
slow on a busy machine.

  search       the page's search among 100,000 packages
  first-byte   the first byte of a build call, while an origin is busy
  output       the time that the origin spends on the output of builders
  first-paint  the time until pages first paint; has the requirements of npm start, and needs Chromium
`;

const MEASUREMENTS = {
  search: measureSearch,
  "first-byte": measureFirstByte,
  output: measureOutput,
  "first-paint": measureFirstPaint,
};

function isMeasurement(name: string): name is keyof typeof MEASUREMENTS {
  return Object.hasOwn(MEASUREMENTS, name);
}

const names = process.argv.slice(2);
if (!names.every(isMeasurement)) {
  console.log(USAGE);
  process.exit(names.includes("--help") ? 0 : 1);
}

const directory = await mkdtemp(join(tmpdir(), "cornice-times-"));
try {
  const measure = createMeasure(directory, console.log);
  const chosen = names.length > 0 ? names : Object.keys(MEASUREMENTS);
  for (const name of chosen.filter(isMeasurement)) await MEASUREMENTS[name](measure);
} finally {
  await rm(directory, { recursive: true, force: true });
}
