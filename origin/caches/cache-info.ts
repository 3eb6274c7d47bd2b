/** What a cache's `nix-cache-info` says of the whole cache. */
export interface CacheInfo {
  /** Undefined if the text is no `nix-cache-info`. */
  readonly storeDirectory: string | undefined;
  readonly priority: number;
}

/** Nix's own default. So a cache that tells no priority is asked before those that do. */
const DEFAULT_PRIORITY = 0;
const LINE = /^(StoreDir|Priority):(.*)$/gm;

/** Reads a `nix-cache-info`: https://nix.dev/manual/nix/2.28/protocols/binary-cache#nix-cache-info */
export function parseCacheInfo(text: string): CacheInfo {
  const values = new Map([...text.matchAll(LINE)].map(([, name, value = ""]) => [name, value.trim()]));
  const priority = values.get("Priority") ?? "";
  return {
    storeDirectory: values.get("StoreDir"),
    priority: /^-?\d{1,9}$/.test(priority) ? Number(priority) : DEFAULT_PRIORITY,
  };
}
