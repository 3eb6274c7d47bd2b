import type { Bench } from "./bench.ts";
import { handOvers } from "./hand-overs.ts";
import { type Answer, describeOutcome, OK, requestImage } from "./request.ts";

const WANTED = { min: 1, max: 5 } as const;
const IMAGES_SHOWN = 3;

/** How many of random combinations the edge answers without an origin, and why it asks one for the others. */
export async function benchShare({ product, combinations, print }: Bench, images: number): Promise<void> {
  await product.command("renew edge, debug");
  product.takeLog();
  const answers: Answer[] = [];
  for (let drawn = 0; drawn < images; drawn++)
    answers.push(await requestImage(product.host, combinations.draw(WANTED)));
  const reasons = handOvers(product.takeLog());
  const answered = answers.filter(({ status }) => status === OK).length;
  print(`${images} random combinations of ${WANTED.min} to ${WANTED.max} packages, without an origin`);
  print(`  answered: ${((answered / images) * 100).toFixed(1)} %`);
  for (const [outcome, same] of Map.groupBy(answers, describeOutcome)) print(`  ${outcome}: ${same.length}`);
  for (const [reason, same] of Map.groupBy(reasons, (each) => each.reason)) {
    const examples = same.slice(0, IMAGES_SHOWN).map(({ image }) => image);
    print(`  an origin was asked ${same.length} times because ${reason}: ${examples.join(", ")}`);
  }
}
