import { setTimeout } from "node:timers/promises";
import { percentile } from "../percentile.ts";
import { megabytes } from "../starter.ts";
import { forgetPeak, workerdUsage } from "../workerd.ts";
import type { Bench } from "./bench.ts";
import { type Answer, describeOutcome, isMadeBy, type Maker, requestImage } from "./request.ts";

/** Both have large closures. Images without them rarely have so many layers. */
const WANTED = { min: 2, max: 5, among: ["python3", "ffmpeg"] } as const;
const LAYERS = { min: 60, max: 101 } as const;
/** Most combinations have the wanted number of layers. */
const MAX_DRAWS_PER_IMAGE = 5;
const FIRST_ROUNDS = 7;
/** The records of an image are written behind its answer. They are no part of the next image's time. */
const PAUSE_MS = 150;
/** The records of the last images are written behind their answers. */
const SETTLE_MS = 2000;

const TITLES: Readonly<Record<Maker, string>> = {
  edge: "made at the edge, without an origin",
  build: "made by the origin",
};

/** New combinations of known packages, one after the other, in a new workerd. */
export async function benchNewCombinations(bench: Bench, images: number, maker: Maker): Promise<void> {
  const { product, print } = bench;
  await product.command(maker === "edge" ? "renew edge" : "renew edge, no assembly");
  const pid = await product.workerd();
  const idle = await workerdUsage(pid);
  await forgetPeak(pid);
  const all = await drawImages(bench, images, maker);
  await setTimeout(SETTLE_MS);
  const used = await workerdUsage(pid);
  const cpuMs = ((used.cpuSeconds - idle.cpuSeconds) / all.length) * 1000;
  print(`New combinations of ${LAYERS.min} to ${LAYERS.max} layers, one after the other, ${TITLES[maker]}`);
  printTimes(all, maker, print);
  print(
    `  CPU of workerd, with its simulators of R2 and KV: ${cpuMs.toFixed(0)} ms for each of ${all.length} requests`,
  );
  print(`  memory of workerd: ${megabytes(idle.residentBytes)} idle, ${megabytes(used.peakBytes)} at its peak`);
}

async function drawImages({ product, combinations }: Bench, images: number, maker: Maker): Promise<Answer[]> {
  const all: Answer[] = [];
  const counts = (answer: Answer) => isMadeBy(answer, maker) && hasWantedLayers(answer);
  while (all.filter(counts).length < images && all.length < images * MAX_DRAWS_PER_IMAGE) {
    all.push(await requestImage(product.host, combinations.draw(WANTED)));
    await setTimeout(PAUSE_MS);
  }
  return all;
}

function hasWantedLayers({ layers }: Answer): boolean {
  return layers >= LAYERS.min && layers <= LAYERS.max;
}

/** The first image of a new workerd, several times. It has compiled nothing, and remembers no bundle. */
export async function benchFirstImages({ product, combinations, print }: Bench): Promise<void> {
  const answers: Answer[] = [];
  for (let round = 0; round < FIRST_ROUNDS; round++) {
    await product.command("renew edge");
    answers.push(await requestImage(product.host, combinations.draw(WANTED)));
  }
  print(`The first new combination of a new workerd, ${FIRST_ROUNDS} times`);
  printTimes(answers, "edge", print);
}

/** Images with other numbers of layers do not count. */
function printTimes(answers: readonly Answer[], maker: Maker, print: (line: string) => void): void {
  const made = answers.filter((answer) => isMadeBy(answer, maker));
  const measured = made.filter(hasWantedLayers);
  print(`  ${measured.length} images; ${made.length - measured.length} more had other numbers of layers`);
  for (const answer of answers.filter((each) => !made.includes(each)))
    print(`  not made: ${answer.image}, ${describeOutcome(answer)}`);
  for (const line of timeLines(measured)) print(`  ${line}`);
}

const NAME_COLUMN = 14;

/** A line for the whole request, and one for each step of `Server-Timing`. */
function timeLines(answers: readonly Answer[]): string[] {
  const steps = new Set(answers.flatMap((answer) => [...answer.steps.keys()]));
  return [
    timeLine(
      "whole request",
      answers.map(({ ms }) => ms),
    ),
    ...[...steps].map((step) =>
      timeLine(
        step,
        answers.flatMap((answer) => answer.steps.get(step) ?? []),
      ),
    ),
  ];
}

function timeLine(name: string, ms: readonly number[]): string {
  const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)].map((value) => value.toFixed(0).padStart(5));
  return `${name.padEnd(NAME_COLUMN)} p50 ${p50} ms, p99 ${p99} ms`;
}
