import { loadavg } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../layering/seeded-random.ts";
import { createCombinations, samplePackages } from "./combinations.ts";
import { benchCrowd } from "./crowd.ts";
import { bundleOutcomes, mainPackages, pullEach } from "./known-packages.ts";
import { benchFirstImages, benchNewCombinations } from "./new-combinations.ts";
import type { AssemblyOptions } from "./options.ts";
import { type Product, startProduct } from "./product.ts";
import { OK } from "./request.ts";
import { benchShare } from "./share.ts";

/** These are in the images whose times are measured. */
const ALWAYS = ["python3", "ffmpeg", "git", "htop", "jq"];

/** New combinations of known packages, without an origin. `directory`: for temporary files. */
export async function benchAssembly(
  options: AssemblyOptions,
  directory: string,
  print: (line: string) => void,
): Promise<void> {
  const random = seededRandom(options.seed);
  await using product = await startProduct(join(directory, "assembly"));
  const all = await mainPackages(product.starterSet);
  const { packages: count = all.length } = options;
  const sample = samplePackages(all, { count, always: ALWAYS }, random);
  const packages = await preparePackages(product, sample, print);
  print(`  of the ${all.length} main packages; seed ${options.seed}`);
  const bench = { product, combinations: createCombinations(packages, random), print };
  const load = () => print(`Load average ${(loadavg()[0] ?? 0).toFixed(1)}`);
  await product.command("stop origin");
  load();
  await benchNewCombinations(bench, options.images, "edge");
  await benchFirstImages(bench);
  load();
  await benchShare(bench, options.draws);
  load();
  await benchCrowd(bench, options.clients);
  // This comes last, because a build of the origin adds to the bundles.
  await product.command("start origin");
  load();
  await benchNewCombinations(bench, options.originImages, "build");
}

/** Pulls each package alone. Returns those that there is an image of. */
async function preparePackages(
  product: Product,
  sample: readonly string[],
  print: (line: string) => void,
): Promise<string[]> {
  const started = performance.now();
  const answers = await pullEach(product, sample);
  const seconds = (performance.now() - started) / 1000;
  const failed = answers.filter(({ status }) => status !== OK);
  const outcomes = [...(await bundleOutcomes(product))].map(([outcome, bundles]) => `${bundles} ${outcome}`);
  print(
    `Pulled ${answers.length - failed.length} packages in ${seconds.toFixed(0)} s; bundles: ${outcomes.join(", ")}`,
  );
  for (const { image, status } of failed) print(`  left out: ${image}, status ${status}`);
  return answers.filter(({ status }) => status === OK).map(({ image }) => image);
}
