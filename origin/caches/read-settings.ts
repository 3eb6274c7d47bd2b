import { readFile } from "node:fs/promises";
import { hasCode } from "../system/error-code.ts";
import { ConfigError } from "../system/settings.ts";
import { type NetrcEntry, parseNetrc } from "./netrc.ts";
import { type CacheConf, parseNixConf } from "./nix-conf.ts";
import { type BinaryCacheSettings, type CacheSources, parseBinaryCaches } from "./settings.ts";

export interface CacheFiles extends Omit<CacheSources, "confs" | "netrc"> {
  /** `CORNICE_NIX_CONF`. */
  readonly nixConf: string | undefined;
  /** `CORNICE_NIX_NETRC`. */
  readonly netrcFile: string | undefined;
  /** Nix's own folder of settings. Tests have another one. */
  readonly nixFolder?: string;
}

/** Nix's own folder of settings. */
const NIX_FOLDER = "/etc/nix";

/**
 * Reads the machine's and the operator's files, and puts the settings together. Undefined if there is no cache. Throws
 * `ConfigError`.
 */
export async function readBinaryCaches(files: CacheFiles): Promise<BinaryCacheSettings | undefined> {
  const { nixConf, netrcFile, nixFolder = NIX_FOLDER } = files;
  const problems: string[] = [];
  const machine = parseNixConf(await machineFile(`${nixFolder}/nix.conf`));
  const own = nixConf === undefined ? [] : [parseNixConf(await operatorFile("CORNICE_NIX_CONF", nixConf, problems))];
  const confs = [machine, ...own];
  const netrc =
    netrcFile === undefined
      ? await machineNetrc(confs, nixFolder)
      : parseNetrc(await operatorFile("CORNICE_NIX_NETRC", netrcFile, problems));
  const settings = parseBinaryCaches({ ...files, confs, netrc }, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

async function machineNetrc(confs: readonly CacheConf[], nixFolder: string): Promise<NetrcEntry[]> {
  const file = confs.findLast((conf) => conf.netrcFile !== undefined)?.netrcFile ?? `${nixFolder}/netrc`;
  return parseNetrc(await machineFile(file));
}

/** A file of the machine may be for root alone. */
async function machineFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM")) return "";
    throw error;
  }
}

async function operatorFile(setting: string, file: string, problems: string[]): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(`${setting}: ${file} cannot be read: ${reason}`);
    return "";
  }
}
