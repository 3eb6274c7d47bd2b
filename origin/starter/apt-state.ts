import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Apt, runApt } from "./apt.ts";

/** The folders and files that apt's configuration names. */
interface AptPlaces {
  readonly lists: string;
  readonly sourceList: string;
  readonly sourceParts: string;
}

/** Each name is a setting of apt. `/d` and `/f` make apt print an absolute path. */
const PLACES: Readonly<Record<keyof AptPlaces, string>> = {
  lists: "Dir::State::lists/d",
  sourceList: "Dir::Etc::sourcelist/f",
  sourceParts: "Dir::Etc::sourceparts/d",
};

/**
 * A hash of everything that apt's answers about its lists depend on: its configuration and its sources by content, and
 * its lists by size and time. apt itself takes about a second to answer, because it reads all lists. This takes
 * milliseconds.
 */
export async function aptState(options: Apt["options"], signal: AbortSignal): Promise<string> {
  const [configuration, places] = await Promise.all([
    runApt("apt-config", [...options, "dump"], signal),
    runApt("apt-config", [...options, "shell", ...Object.entries(PLACES).flat()], signal),
  ]);
  const { lists, sourceList, sourceParts } = parsePlaces(places);
  const hash = createHash("sha256").update(configuration);
  for (const file of [sourceList, ...(await filesOf(sourceParts))])
    hash.update(JSON.stringify([file, await readFile(file, "utf8").catch(() => "")]));
  for (const file of await filesOf(lists)) hash.update(JSON.stringify([file, ...(await statusOf(file))]));
  return hash.digest("hex");
}

/** Reads lines such as `lists='/var/lib/apt/lists/'`. */
export function parsePlaces(text: string): AptPlaces {
  const values = new Map([...text.matchAll(/^(\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
  const place = (name: keyof AptPlaces) => values.get(name) ?? "";
  return { lists: place("lists"), sourceList: place("sourceList"), sourceParts: place("sourceParts") };
}

/** In a fixed order. Empty if there is no such folder. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.toSorted().map((name) => join(folder, name));
}

/** Empty for a folder, and for a file that is gone. apt changes its folders and its lock at any time. */
async function statusOf(file: string): Promise<readonly number[]> {
  const status = await stat(file).catch(() => undefined);
  return status?.isFile() && status.size > 0 ? [status.size, status.mtimeMs, status.ctimeMs] : [];
}
