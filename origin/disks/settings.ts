import type { Settings } from "../system/settings.ts";

/** How much of the machine's disks the origin takes. */
export interface DiskSettings {
  /** The most bytes of the Nix store. Undefined if the origin never collects its garbage. */
  readonly maxNixStoreBytes: number | undefined;
  /** The origin is not ready if one of its disks has fewer free bytes. */
  readonly minFreeBytes: number;
}

const MIB = 1_048_576;
const GIB = 1_073_741_824;
/** One pebibyte in GiB. A larger value is probably in another unit. */
const MAX_GIBIBYTES = 1_048_576;
/** A large image has about as many bytes in the Nix store, or as layers that wait for their upload. */
const DEFAULT_MIN_FREE_MIB = 1024;

export function parseDisks(settings: Settings): DiskSettings {
  const gib = settings.optional("CORNICE_NIX_STORE_GIB");
  return {
    maxNixStoreBytes:
      gib === undefined
        ? undefined
        : GIB * settings.integer("CORNICE_NIX_STORE_GIB", { fallback: 1, min: 1, max: MAX_GIBIBYTES }),
    minFreeBytes: MIB * settings.mebibytes("CORNICE_MIN_FREE_MIB", { fallback: DEFAULT_MIN_FREE_MIB, min: 0 }),
  };
}
