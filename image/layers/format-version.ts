/**
 * Part of every layer key and closure key. Raise it whenever one byte of a layer, config or manifest may
 * come out differently, so that nothing made by older code is taken for what newer code would make.
 */
export const FORMAT_VERSION = 6;
