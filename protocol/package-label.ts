/** The label of an image's config that lists the attributes of its packages, separated by spaces. */
export const PACKAGES_LABEL = "cornice.packages";

/**
 * The same of an image that the package set defines with options. It is made of more than its packages, so that whoever may have
 * those may not yet have it.
 */
export const SET_IMAGE_PACKAGES_LABEL = "cornice.image-packages";

/** The name by which an attribute is asked for: lower case, and without the underscore that digits need in Nix. */
export function nameOfAttribute(attribute: string): string {
  const steps = attribute.toLowerCase().split(".");
  return steps.map((step) => step.replace(/^_(?=\d)/, "")).join(".");
}
