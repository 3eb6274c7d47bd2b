import { isComponent, isMetaPackage } from "../../protocol/image-name.ts";
import { nameOfAttribute } from "../../protocol/package-label.ts";

/** Of the others, no character can be in an image name; and a dot would be a step. */
const ATTRIBUTE = /^[\w-]+$/;

/**
 * Names the attributes of one set as a pull looks them up: by the exact name, else by the name in lower case where that
 * is only one's. Those that no name leads to are left out.
 */
export function nameSteps(attributes: readonly string[]): ReadonlyMap<string, string> {
  const candidates = attributes.filter((attribute) => ATTRIBUTE.test(attribute));
  const steps = new Map<string, string>();
  for (const [step, alike] of Map.groupBy(candidates, nameOfAttribute)) {
    const [first] = alike;
    const chosen = alike.includes(step) ? step : alike.length === 1 ? first : undefined;
    if (chosen !== undefined) steps.set(chosen, step);
  }
  return steps;
}

/** The name of steps as a component of an image name, `python3packages.requests`; undefined where it cannot be one. */
export function componentOf(steps: readonly string[]): string | undefined {
  const name = steps.join(".");
  return isComponent(name) && !isMetaPackage(name) ? name : undefined;
}
