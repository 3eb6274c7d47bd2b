/**
 * Part of every layer key and closure key. Raise it whenever a byte of a layer, config or manifest can change.
 * Otherwise new code reuses the layers and images that old code has stored.
 */
export const FORMAT_VERSION = 8;
