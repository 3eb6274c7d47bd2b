import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { pathExists } from "../system/path-exists.ts";

const REVISION = /^[0-9a-f]{64}$/;

/** The file that names the revision of the last state. It stands beside the folders of the revisions. */
export function knownFile(directory: string): string {
  return join(directory, "known.json");
}

/** A set that was written before. */
export interface KnownSet {
  readonly revision: string;
  /** The mirror of each archive. */
  readonly mirrors: Readonly<Record<string, string>>;
}

/** A hash of everything that the set depends on: the states of apt, and the files of `folders`. */
export async function stateKey(apt: readonly string[], folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(`${apt.join(" ")}\n`);
  for (const folder of folders) await hashFolder(hash, folder);
  return hash.digest("hex");
}

/** Adds the names and contents of all files below a folder, in a fixed order. */
export async function hashFolder(hash: ReturnType<typeof createHash>, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) {
    const content = await readFile(file);
    hash.update(`${relative(folder, file)} ${content.length}\n`).update(content);
  }
}

/** The set that was written for this state. Undefined if it is another state, or if the revision is gone. */
export async function knownSet(directory: string, key: string): Promise<KnownSet | undefined> {
  const known = parseJsonObject(await readFile(knownFile(directory), "utf8").catch(() => ""));
  const { state, revision, mirrors } = known ?? {};
  if (state !== key || typeof revision !== "string" || !REVISION.test(revision)) return undefined;
  if (!isJsonObject(mirrors) || !(await pathExists(join(directory, revision)))) return undefined;
  return { revision, mirrors: Object.fromEntries(Object.entries(mirrors).map(([name, url]) => [name, String(url)])) };
}

export function formatKnown(state: string, { revision, mirrors }: KnownSet): string {
  return JSON.stringify({ state, revision, mirrors });
}
