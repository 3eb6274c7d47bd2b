import { isAbsolute } from "node:path";
import { parsePublicKey } from "../caches/public-key.ts";
import type { CacheSettings } from "../isolation/nix-settings.ts";
import type { Settings } from "../system/settings.ts";

const SILENCE_S = { fallback: 60, min: 10, max: 3600 };

export function parseCaches(settings: Settings): CacheSettings {
  return {
    substituters: settings.text("CORNICE_NIX_SUBSTITUTERS"),
    trustedKeys: parseKeys(settings),
    netrcFile: parseFile(settings, "CORNICE_NIX_NETRC"),
    nixConf: parseFile(settings, "CORNICE_NIX_CONF"),
    downloadSilenceS: parseDownloadSilence(settings),
  };
}

/** A download has failed after so many seconds without a byte. */
export function parseDownloadSilence(settings: Settings): number {
  return settings.integer("CORNICE_DOWNLOAD_TIMEOUT", SILENCE_S);
}

function parseKeys(settings: Settings): string | undefined {
  const keys = (settings.optional("CORNICE_NIX_TRUSTED_KEYS") ?? "").split(/\s+/).filter((key) => key !== "");
  for (const key of keys.filter((each) => parsePublicKey(each) === undefined))
    settings.problems.push(
      `CORNICE_NIX_TRUSTED_KEYS has ${JSON.stringify(key)}; it must be public keys, such as cache.example.com-1:<44 characters>, ` +
        "separated by spaces",
    );
  return keys.length === 0 ? undefined : keys.join(" ");
}

function parseFile(settings: Settings, name: string): string | undefined {
  const file = settings.optional(name);
  if (file !== undefined && !isAbsolute(file))
    settings.problems.push(`${name} is ${JSON.stringify(file)}; it must be the absolute path of a file`);
  return file;
}
