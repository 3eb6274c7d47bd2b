import type { IndexedPackage } from "../../protocol/package-index.ts";
import { prepareSearch, search, type SearchIndex } from "../../web/compose/search.ts";
import type { Measure } from "./measure.ts";

const PACKAGES = 100_000;
const WORDS = ["lib", "python", "haskell", "perl", "kernel", "font", "theme", "driver", "parser", "client"];
const QUERIES = ["l", "python", "parser theme", "client-77", "no. 99", "nothing is called this", "pyhton-font-lib-ab"];
/** As many as the page shows. */
const RESULTS = 40;

/** The search of the page. It runs at each key press, so users would notice more than 50 ms. */
export async function measureSearch({ time }: Measure): Promise<void> {
  const index = prepare(Array.from({ length: PACKAGES }, (_, number) => madeUpPackage(number)));
  for (const query of QUERIES) {
    await time(`search for ${JSON.stringify(query)} among ${PACKAGES} packages`, 50, async () => {
      search(index, query, RESULTS);
    });
  }
}

function madeUpPackage(number: number): IndexedPackage {
  const words = [number % 7, number % 10, number % 3].map((place) => WORDS[place]);
  const description = `A ${words.join(" ")} of medium length, no. ${number}`;
  return [`${words.join("-")}-${number.toString(36)}`, `${number}.0`, description];
}

function prepare(packages: readonly IndexedPackage[]): SearchIndex {
  const work = prepareSearch(packages);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
