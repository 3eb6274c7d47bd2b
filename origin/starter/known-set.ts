import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { pathExists } from "../system/path-exists.ts";
import type { AptLists } from "./apt.ts";

const REVISION = /^[0-9a-f]{64}$/;

/** The file that names the revision of the last state. It stands beside the folders of the revisions. */
export function knownFile(directory: string): string {
  return join(directory, "known.json");
}

/**
 * A hash of everything that the set depends on: apt's lists, by size and time, and the files of `folders`. Reading the
 * lists takes seconds. This takes milliseconds.
 */
export async function stateKey({ architecture, targets }: AptLists, folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(`${architecture}\n`);
  for (const { file, archive } of targets) {
    const { size, mtimeMs, ctimeMs } = await stat(file);
    hash.update(`${JSON.stringify([file, archive, size, mtimeMs, ctimeMs])}\n`);
  }
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

/** The revision that was written for this state. Undefined if it is another state, or if the revision is gone. */
export async function knownRevision(directory: string, key: string): Promise<string | undefined> {
  const known = parseJsonObject(await readFile(knownFile(directory), "utf8").catch(() => ""));
  const revision = known?.["revision"];
  if (known?.["state"] !== key || typeof revision !== "string" || !REVISION.test(revision)) return undefined;
  return (await pathExists(join(directory, revision))) ? revision : undefined;
}

export function formatKnown(state: string, revision: string): string {
  return JSON.stringify({ state, revision });
}
