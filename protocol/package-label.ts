/** Labels of an image's config that begin so are the registry's: no image of a package set may set one. */
export const OWN_LABELS = "cornice.";

/** The label of an image's config that lists the attributes of its packages, separated by spaces. */
export const PACKAGES_LABEL = "cornice.packages";

/**
 * The same of an image that the package set defines. Such an image is more than its packages, and its packages' names
 * are whatever the set calls them: whoever may pull a package of that name may not yet pull the image.
 */
export const SET_IMAGE_PACKAGES_LABEL = "cornice.image-packages";

/** The name by which an attribute is asked for: lower case, and without the underscore that digits need in Nix. */
export function nameOfAttribute(attribute: string): string {
  const steps = attribute.toLowerCase().split(".");
  return steps.map((step) => step.replace(/^_(?=\d)/, "")).join(".");
}
