import { nixConfLines } from "../system/nix-conf.ts";

/** What a `nix.conf` says of binary caches. A list is undefined if the file does not set it. */
export interface CacheConf {
  readonly substituters: readonly string[] | undefined;
  readonly extraSubstituters: readonly string[];
  readonly trustedKeys: readonly string[] | undefined;
  readonly extraTrustedKeys: readonly string[];
  readonly netrcFile: string | undefined;
  readonly requiresSignatures: boolean | undefined;
}

/** Older names of settings, which Nix still reads. */
const OLDER_NAMES: ReadonlyMap<string, string> = new Map([
  ["binary-caches", "substituters"],
  ["extra-binary-caches", "extra-substituters"],
  ["binary-cache-public-keys", "trusted-public-keys"],
  ["extra-binary-cache-public-keys", "extra-trusted-public-keys"],
]);

/**
 * Reads a `nix.conf`. The last line of a name counts; lines with `extra-` add up. It does not read the files of `include` and
 * `!include`. Caches of these files must be in `CORNICE_NIX_SUBSTITUTERS`.
 */
export function parseNixConf(text: string): CacheConf {
  const values = new Map<string, string>();
  for (const { setting } of nixConfLines(text)) {
    if (!setting) continue;
    const name = OLDER_NAMES.get(setting.name) ?? setting.name;
    const before = name.startsWith("extra-") ? `${values.get(name) ?? ""} ` : "";
    values.set(name, before + setting.value);
  }
  const requireSigs = values.get("require-sigs");
  return {
    substituters: list(values.get("substituters")),
    extraSubstituters: list(values.get("extra-substituters")) ?? [],
    trustedKeys: list(values.get("trusted-public-keys")),
    extraTrustedKeys: list(values.get("extra-trusted-public-keys")) ?? [],
    netrcFile: values.get("netrc-file") || undefined,
    requiresSignatures: requireSigs === undefined ? undefined : !/^(?:false|no|0)$/.test(requireSigs),
  };
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(/\s+/).filter((word) => word !== "");
}
