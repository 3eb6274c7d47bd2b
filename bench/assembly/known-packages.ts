import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { type Answer, requestImage } from "./request.ts";
import type { Product } from "./product.ts";

/**
 * The packages of the starter set that are no members of another set, such as `python3Packages`. Names of images have
 * no capital letter, and do not begin with an underscore.
 */
export async function mainPackages(starterSet: string): Promise<string[]> {
  const index = parseJsonObject(await readFile(join(starterSet, "index.json"), "utf8"));
  const attributes = index?.["attributes"];
  if (!isJsonObject(attributes)) throw new TypeError(`${starterSet} has no attributes`);
  const names = Object.keys(attributes).filter((name) => !name.includes("."));
  return names.map((name) => name.toLowerCase().replace(/^_/, ""));
}

const AT_ONCE = 2;
/** The origin drops the oldest bundles if more packages wait. */
const BATCH = 40;

/** Pulls each package alone, and waits until the origin has described it for the edge. */
export async function pullEach(product: Product, packages: readonly string[]): Promise<Answer[]> {
  const limit = pLimit(AT_ONCE);
  const answers: Answer[] = [];
  for (let start = 0; start < packages.length; start += BATCH) {
    const batch = packages.slice(start, start + BATCH);
    const pulls = batch.map((name) => limit(() => requestImage(product.host, name)));
    answers.push(...(await Promise.all(pulls)));
    await product.rest();
  }
  return answers;
}

/** How many bundles the origin has made, by outcome. */
export async function bundleOutcomes({ originUrl }: Product): Promise<ReadonlyMap<string, number>> {
  const metrics = await (await fetch(`${originUrl}/metrics`)).text();
  const lines = metrics.matchAll(/^cornice_bundles_total\{outcome="(\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, outcome = "", count]) => [outcome, Number(count)]));
}
