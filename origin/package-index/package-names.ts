import { isComponent, isMetaPackage } from "../../protocol/image-name.ts";
import { nameOfAttribute } from "../../protocol/package-label.ts";

/** An image name cannot hold other characters. A dot separates the steps of a name. */
const ATTRIBUTE = /^[\w-]+$/;

/** Whether a step of a name can find the attribute, if no other attribute is in the way. */
export function isNameable(attribute: string): boolean {
  return ATTRIBUTE.test(attribute);
}

/**
 * Maps each attribute of a set to the name by which a pull finds it. A pull looks for the exact name first, then for
 * the name in lower case if only one attribute has it. Attributes that no pull can find are left out.
 */
export function nameSteps(attributes: readonly string[]): ReadonlyMap<string, string> {
  const candidates = attributes.filter(isNameable);
  const steps = new Map<string, string>();
  for (const [step, alike] of Map.groupBy(candidates, nameOfAttribute)) {
    const [first] = alike;
    const chosen = alike.includes(step) ? step : alike.length === 1 ? first : undefined;
    if (chosen !== undefined) steps.set(chosen, step);
  }
  return steps;
}

/** The steps as a component of an image name: `python3packages.requests`. Undefined if an image name cannot hold it. */
export function componentOf(steps: readonly string[]): string | undefined {
  const name = steps.join(".");
  return isComponent(name) && !isMetaPackage(name) ? name : undefined;
}
