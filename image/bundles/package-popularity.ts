import type { StorePath } from "../closure/store-path.ts";
import { packageName } from "../layers/package-name.ts";
import type { Popularity } from "../layers/popularity.ts";

/** The shares that the layers of one package depend on: those of its store paths and of its attribute. */
export function packagePopularity(
  attribute: string,
  closure: readonly StorePath[],
  { packages, roots }: Popularity,
): Popularity {
  const names = closure.map(({ path }) => packageName(path));
  return { packages: sharesOf(names, packages), roots: sharesOf([attribute], roots) };
}

/** A share of 0 means the same as none. */
function sharesOf(names: readonly string[], shares: ReadonlyMap<string, number>): Map<string, number> {
  const found = [...new Set(names)].map((name) => [name, shares.get(name) ?? 0] as const);
  return new Map(found.filter(([, share]) => share > 0));
}
