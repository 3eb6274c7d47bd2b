import type { Popularity } from "../image/layers/popularity.ts";
import { isComponent, isMetaPackage } from "../protocol/image-name.ts";
import { nameOfAttribute } from "../protocol/package-label.ts";
import { compareText } from "../protocol/compare-text.ts";
import { CliError } from "./cli-error.ts";
import { imageOfPackage, type WarmImage } from "./warm-list.ts";

/** The packages that most images ask for, the most popular first, each as an image of its own. Throws `CliError`. */
export function popularImages({ roots }: Pick<Popularity, "roots">, count: number, tag: string): WarmImage[] {
  const shares = [...roots].filter(([attribute, share]) => share > 0 && isPackage(nameOfAttribute(attribute)));
  if (shares.length === 0)
    throw new CliError('the file of CORNICE_POPULARITY_URL has no "roots"; add {"roots": {"git": 0.2, ...}} to it');
  const sorted = shares.toSorted(([a, share], [b, other]) => other - share || compareText(a, b));
  return sorted.slice(0, count).map(([attribute]) => imageOfPackage(nameOfAttribute(attribute), undefined, tag));
}

/** Image names cannot hold some attributes. */
function isPackage(name: string): boolean {
  return isComponent(name) && !isMetaPackage(name);
}
