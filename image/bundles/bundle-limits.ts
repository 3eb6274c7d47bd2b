/** Bytes of memory. A bundle is read for each image, so it has the trees of a usual package only. */
export const MAX_TREE_BYTES = 4_194_304;
/** No store path is larger than the cut-off of this step. */
export const MAX_STEP = 64;
