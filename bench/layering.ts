import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageName } from "../image/layers/package-name.ts";
import { NO_POPULARITY, parsePopularity, type Popularity } from "../image/layers/popularity.ts";
import { parseAttributeTable } from "../origin/starter/attribute-table.ts";
import { packageShares } from "../popularity/package-shares.ts";
import { type Catalogue, createCatalogue } from "./layering/catalogue.ts";
import { type DebianClosures, readDebianClosures } from "./layering/debian-closures.ts";
import { multipleOfIdeal, SCENARIOS } from "./layering/pulls.ts";
import { type Packed, simulateBuilds } from "./layering/repacking.ts";
import { cornice, LARGEST_FIRST, MOST_NEEDED_FIRST } from "./layering/schemes.ts";
import { seededRandom, shuffled } from "./layering/seeded-random.ts";
import { type BenchContext, REPOSITORY } from "./starter.ts";

const MAX_LAYERS = 100;
const SEED = 1;
const SAMPLED_IMAGES = 200;
const STARTER_ATTRIBUTES = join(REPOSITORY, "nix/starter/attributes.json");

/** Bytes that simulated clients fetch, with our layers and with other schemes. Images are made of Debian's packages. */
export async function benchLayering({ print }: Pick<BenchContext, "print">): Promise<void> {
  const closures = await readDebianClosures();
  const plain = cornice("Cornice", NO_POPULARITY);
  const schemes = [
    plain,
    cornice("Cornice, with popularity", popularityOf(closures)),
    LARGEST_FIRST,
    MOST_NEEDED_FIRST,
  ];
  print(`Bytes fetched, as multiples of the ideal; ${closures.paths.size} store paths, ${MAX_LAYERS} layers`);
  for (const { name, catalogue } of await catalogues(closures)) {
    print(`  ${name}; images have ${medianPaths(catalogue)} paths (median)`);
    print(
      row(
        "",
        SCENARIOS.map((scenario) => scenario.name),
      ),
    );
    for (const scheme of schemes) {
      const multiples = SCENARIOS.map((scenario) => multipleOfIdeal(scenario, catalogue, scheme, MAX_LAYERS));
      print(
        row(
          scheme.name,
          multiples.map((multiple) => multiple.toFixed(2)),
        ),
      );
    }
    print(describeBuilds(simulateBuilds(catalogue, plain, MAX_LAYERS)));
  }
}

async function catalogues(closures: DebianClosures): Promise<{ name: string; catalogue: Catalogue }[]> {
  const all = shuffled(seededRandom(SEED), closures.programs);
  const table = parseAttributeTable(await readFile(STARTER_ATTRIBUTES, "utf8"));
  const first = table.flatMap(({ debs }) => debs.slice(0, 1)).filter((deb) => closures.closure([deb]).length > 0);
  const common = shuffled(seededRandom(SEED), [...new Set(first)].toSorted());
  return [
    { name: "1 to 3 of all programs", catalogue: createCatalogue(closures, all, 3) },
    { name: "1 to 5 of all programs", catalogue: createCatalogue(closures, all, 5) },
    { name: "1 to 5 of the starter set's programs", catalogue: createCatalogue(closures, common, 5) },
  ];
}

function medianPaths(catalogue: Catalogue): number {
  const random = seededRandom(SEED);
  const images = Array.from({ length: SAMPLED_IMAGES }, () => catalogue.image(catalogue.randomPrograms(random)));
  const counts = images.map(({ closure }) => closure.length).toSorted((a, b) => a - b);
  return counts[SAMPLED_IMAGES / 2] ?? 0;
}

/** Popularity from the package set alone. It knows nothing about the simulated clients. */
function popularityOf(closures: DebianClosures): Popularity {
  const names = (program: string) => closures.closure([program]).map(({ path }) => packageName(path));
  return parsePopularity(JSON.stringify({ packages: packageShares(closures.programs.map(names)) }));
}

function describeBuilds({ builds, bytes, merged, again, spared }: Packed): string {
  const percent = (part: number) => `${((100 * part) / bytes).toFixed(0)} %`;
  return (
    `    ${builds} builds pack ${(bytes / 1e9).toFixed(1)} GB, ${percent(merged)} of it in layers of several paths; ` +
    `${percent(again)} are paths that were packed before; fragments save packing ${percent(spared)}`
  );
}

const NAME_WIDTH = 30;
const COLUMN_WIDTH = 15;

function row(name: string, columns: readonly string[]): string {
  return `    ${name.padEnd(NAME_WIDTH)}` + columns.map((column) => column.padStart(COLUMN_WIDTH)).join("");
}
