import { keptFolder } from "../layers/kept-file.ts";
import { type KeptLayers, openKeptLayers } from "../layers/kept-layers.ts";
import { isSystemError } from "../system/error-code.ts";
import { ConfigError } from "../system/settings.ts";
import type { BuilderConfig } from "./config.ts";

/** Opens the layers that stay on this machine. Undefined if none shall stay. Throws `ConfigError`. */
export async function openKept({
  spoolDirectory,
  compression,
  maxKeptBytes,
}: BuilderConfig): Promise<KeptLayers | undefined> {
  if (maxKeptBytes === 0) return undefined;
  const directory = keptFolder(spoolDirectory);
  const options = { directory, compression, maxBytes: maxKeptBytes };
  return usable("CORNICE_KEPT_MIB, which may be 0", directory, () => openKeptLayers(options));
}

/** Opens a folder. If the system refuses, the error names the setting. */
export async function usable<T>(setting: string, directory: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new ConfigError([`${setting}: ${directory} cannot be used: ${cause.message}`], { cause });
  }
}
