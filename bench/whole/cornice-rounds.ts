import { type Bench, type ColdImage, rows, timedSample } from "./bench.ts";
import { requestManifest } from "./manifest-request.ts";
import { corniceBuild, skopeoCopy, skopeoPull } from "./peers.ts";
import { type Product, startProduct } from "./product.ts";
import { trafficSince } from "./traffic.ts";
import { CORNICE, REGISTRY_2, usageSince } from "./sample.ts";

/** One round of all measurements of one image. */
export async function measureCornice(bench: Bench, image: ColdImage): Promise<void> {
  const { parts, directory, starter, record } = bench;
  const wantsMore = image.more !== undefined && (parts.has("more") || parts.has("warm"));
  if (parts.has("cold") || wantsMore) {
    await using product = await startProduct(bench);
    await measureManifest(bench, product, image.name, rows.cold(image.name));
    if (image.more !== undefined && wantsMore) await measureMore(bench, product, image.more);
  }
  if (parts.has("pull")) {
    await using product = await startProduct(bench);
    await measure(bench, product, rows.pull(image.name), () => skopeoPull(product.host, image.name, directory));
  }
  if (parts.has("build"))
    record(timedSample(rows.build(image.name), CORNICE, await corniceBuild(image.name, directory, starter)));
}

/** Counts the requests of the images once, through proxies. */
export async function countRequests(bench: Bench, images: readonly ColdImage[]): Promise<void> {
  for (const { name, more } of images) {
    await using product = await startProduct(bench, { counts: true });
    const uncounted = { ...bench, record: () => {} };
    await measureManifest(uncounted, product, name, rows.cold(name));
    if (more !== undefined) await measureManifest(uncounted, product, more, rows.more(more));
  }
}

async function measureMore(bench: Bench, product: Product, image: string): Promise<void> {
  const { parts, directory, record, peer, wrk } = bench;
  await measureManifest(bench, product, image, rows.more(image));
  const pulls = parts.has("more") ? [rows.firstPull(image), rows.secondPull(image)] : [];
  for (const row of pulls) await measure(bench, product, row, () => skopeoPull(product.host, image, directory));
  // Only the first copy sends the layers.
  await skopeoCopy(product.host, peer.host, image);
  for (const row of pulls) {
    const { seconds: value } = await skopeoPull(peer.host, image, directory);
    record({ row, by: REGISTRY_2, value, unit: "s" });
  }
  if (!parts.has("warm")) return;
  for (const [by, { host }] of [
    [CORNICE, product],
    [REGISTRY_2, peer],
  ] as const) {
    const { requestsPerSecond: value } = await wrk({ host, path: `/v2/${image}/manifests/latest` });
    record({ row: rows.warm, by, value, unit: "requests/s" });
  }
}

function measureManifest(bench: Bench, product: Product, image: string, row: string): Promise<void> {
  return measure(bench, product, row, () => requestManifest(product.host, image));
}

/** Measures wall time until the answer, and everything else until the product rests. */
async function measure(
  { record, count }: Bench,
  product: Product,
  row: string,
  work: () => Promise<{ readonly seconds: number }>,
): Promise<void> {
  const [usage, traffic] = [await product.usageAtRest(), product.traffic()];
  const { seconds: value } = await work().catch((cause: unknown) => {
    throw new Error(`${row} failed; the product printed:\n${product.log()}`, { cause });
  });
  record({ row, by: CORNICE, value, unit: "s", usage: usageSince(usage, await product.usageAtRest()) });
  const later = product.traffic();
  if (traffic && later) count({ row, traffic: trafficSince(traffic, later) });
}
