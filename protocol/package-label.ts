/** The registry's own labels in an image's config begin with this. An image of a package set cannot set them. */
export const OWN_LABELS = "cornice.";

/**
 * Every image of Cornice has this label, with the value `true`. Docker can leave images with one label alone, but not
 * images with either of two labels.
 */
export const IMAGE_LABEL = "cornice.image";

/** The label of an image's config that lists the attributes of its packages, separated by spaces. */
export const PACKAGES_LABEL = "cornice.packages";

/**
 * The same list for an image that the package set defines. Such an image holds more than its packages, and the set
 * chooses their names. So permission to pull packages of these names is not permission to pull the image.
 */
export const SET_IMAGE_PACKAGES_LABEL = "cornice.image-packages";

/** An attribute's name in image names: lower case, without the underscore that Nix needs before a digit. */
export function nameOfAttribute(attribute: string): string {
  const steps = attribute.toLowerCase().split(".");
  return steps.map((step) => step.replace(/^_(?=\d)/, "")).join(".");
}
