/**
 * When the edge may put an image together: `always`, only if it knows of a `fresh` look-up of the tag, or `never`,
 * because an origin must look at the image.
 */
export type EdgeUse = "always" | "fresh" | "never";
