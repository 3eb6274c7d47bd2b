import { readFile, stat } from "node:fs/promises";
import { hasCode } from "../system/error-code.ts";
import { nixConfLines } from "../system/nix-conf.ts";
import { ConfigError } from "../system/settings.ts";
import { type CacheSettings, PASSED_ON } from "./nix-settings.ts";

const EXTRA = "extra-";
/** The mode bits that let other users read or write a file. */
const OTHERS = 0o077;

/**
 * Reads the operator's files for Nix. Returns the settings of `CORNICE_NIX_CONF`, and throws `ConfigError` if a file cannot
 * be used.
 */
export async function readNixFiles({ netrcFile, nixConf }: CacheSettings): Promise<ReadonlyMap<string, string>> {
  const problems: string[] = [];
  if (netrcFile !== undefined) problems.push(...(await problemsOfNetrc(netrcFile)));
  const text =
    nixConf === undefined
      ? ""
      : await readFile(nixConf, "utf8").catch((error: unknown) => {
          problems.push(`CORNICE_NIX_CONF: ${nixConf} ${reason(error)}`);
          return "";
        });
  const { settings, problems: wrong } = parseNixConf(text);
  problems.push(...wrong.map((problem) => `CORNICE_NIX_CONF: ${problem}`));
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

/** The file has passwords. */
async function problemsOfNetrc(file: string): Promise<string[]> {
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS) === 0) return [];
    return [`CORNICE_NIX_NETRC: other users may read or write ${file}; run: chmod 600 ${file}`];
  } catch (error) {
    return [`CORNICE_NIX_NETRC: ${file} ${reason(error)}`];
  }
}

function reason(error: unknown): string {
  if (hasCode(error, "ENOENT")) return "does not exist";
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

export interface NixConf {
  readonly settings: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

/** Reads a `nix.conf`. Each line that Cornice does not pass on is a problem. */
export function parseNixConf(text: string): NixConf {
  const settings = new Map<string, string>();
  const problems: string[] = [];
  for (const { number, text: words, setting } of nixConfLines(text)) {
    const { name, value } = setting ?? { name: "", value: "" };
    const plain = name.startsWith(EXTRA) && !PASSED_ON.has(name) ? name.slice(EXTRA.length) : name;
    if (PASSED_ON.has(plain))
      settings.set(plain, plain === name ? value : `${settings.get(plain) ?? ""} ${value}`.trim());
    else problems.push(`line ${number} ${complaint(name, words)}`);
  }
  return { settings, problems };
}

function complaint(name: string, words: string): string {
  if (name === "") return `is ${JSON.stringify(words)}; it must be a name, = and a value`;
  return `sets ${name}, which is not passed on to Nix; these settings are: ${[...PASSED_ON].join(", ")}`;
}
