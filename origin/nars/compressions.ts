/** How binary caches compress archives, by the names in a narinfo. Nix knows rarer ones, too. */
export const COMPRESSIONS = ["none", "xz", "zstd", "bzip2", "gzip", "br"] as const;

export type Compression = (typeof COMPRESSIONS)[number];
