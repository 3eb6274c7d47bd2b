import { setTimeout } from "node:timers/promises";
import { percentile } from "../percentile.ts";
import { megabytes } from "../starter.ts";
import { forgetPeak, workerdUsage } from "../workerd.ts";
import type { Bench } from "./bench.ts";
import { describeOutcome, requestImage } from "./request.ts";

const WANTED = { min: 2, max: 5 } as const;
const SETTLE_MS = 2000;
const IMAGES_SHOWN = 3;

/** Many clients at once. Each wants a combination of its own. */
export async function benchCrowd({ product, combinations, print }: Bench, clients: number): Promise<void> {
  await product.command("renew edge");
  const pid = await product.workerd();
  const idle = await workerdUsage(pid);
  await forgetPeak(pid);
  const images = Array.from({ length: clients }, () => combinations.draw(WANTED));
  const started = performance.now();
  const outcomes = await Promise.all(images.map((image) => requestOutcome(product.host, image)));
  const seconds = (performance.now() - started) / 1000;
  await setTimeout(SETTLE_MS);
  const used = await workerdUsage(pid);
  const times = outcomes.map(({ ms }) => ms / 1000);
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)].map((value) => value.toFixed(1));
  print(
    `${clients} clients at once, each with a new combination of ${WANTED.min} to ${WANTED.max} packages, without an origin`,
  );
  for (const [what, same] of Map.groupBy(outcomes, (outcome) => outcome.what)) {
    const examples = same.slice(0, IMAGES_SHOWN).map(({ image }) => image);
    print(`  ${what}: ${same.length}, such as ${examples.join(", ")}`);
  }
  print(`  ${seconds.toFixed(1)} s for all; p50 ${p50} s, p99 ${p99} s for a client`);
  print(`  CPU of workerd, with its simulators: ${(used.cpuSeconds - idle.cpuSeconds).toFixed(1)} s`);
  print(`  memory of workerd: ${megabytes(idle.residentBytes)} idle, ${megabytes(used.peakBytes)} at its peak`);
}

interface Outcome {
  readonly image: string;
  /** The status and the tier, or why there is no answer. */
  readonly what: string;
  readonly ms: number;
}

async function requestOutcome(host: string, image: string): Promise<Outcome> {
  const started = performance.now();
  try {
    const answer = await requestImage(host, image);
    return { image, what: describeOutcome(answer), ms: answer.ms };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return { image, what: `no answer: ${cause}`, ms: performance.now() - started };
  }
}
