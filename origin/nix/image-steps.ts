import { isComponent } from "../../protocol/image-name.ts";

/** Turns attributes into the steps of an image name that find them, without duplicates: `7zz` finds `_7zz`. */
export function imageSteps(attributes: readonly string[]): string[] {
  const steps = attributes.map((attribute) => attribute.toLowerCase().replace(/^_(?=\d)/, ""));
  // In an image name, a dot separates two steps. So no single step finds an attribute with a dot.
  return [...new Set(steps)].filter((step) => !step.includes(".") && isComponent(step));
}
