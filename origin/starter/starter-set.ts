import { createHash, randomUUID } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { findAptLists, readAptLists } from "./apt.ts";
import { aptState } from "./apt-state.ts";
import { parseAttributeTable } from "./attribute-table.ts";
import { distributionOf } from "./debian-facts.ts";
import { DEPENDENCY_POLICY } from "./dependency-policy.ts";
import { parseLinkTable } from "./fixes.ts";
import { formatKnown, hashFolder, knownFile, type KnownSet, knownSet, stateKey } from "./known-set.ts";
import { StarterSetError } from "./starter-error.ts";
import { buildStarterIndex, type StarterTables } from "./starter-index.ts";
import { isArchitecture } from "../../protocol/image-request.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import { pathExists } from "../system/path-exists.ts";

const EXPRESSIONS = fileURLToPath(new URL("../../nix/starter", import.meta.url));

export interface StarterSetOptions {
  /** The folder for revisions of the set. It is made if it is missing. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Called before apt's lists are read, which takes seconds. */
  readonly onRead?: () => void;
}

export interface StarterSet {
  /** The path that Nix imports. It has a function from `{ system ? ... }` to the attribute set. */
  readonly path: string;
  /** The same state of Debian's archives gives the same revision, on every machine and with every mirror. */
  readonly revision: string;
}

/**
 * Writes the package set for the current state of apt's lists, if it is not there. As long as nothing changes, apt is
 * only asked for its configuration. Throws StarterSetError.
 */
export async function writeStarterSet({ directory, signal, onRead }: StarterSetOptions): Promise<StarterSet> {
  const key = await stateKey(await aptState(signal), [EXPRESSIONS, import.meta.dirname]);
  const known = await knownSet(directory, key);
  if (!known) onRead?.();
  const set = known ?? (await writeNewSet(directory, signal));
  const path = join(directory, set.revision);
  // The mirrors are not part of the revision, because all mirrors have the same files.
  await replaceFile(join(path, "mirrors.json"), JSON.stringify(set.mirrors));
  if (!known) await replaceFile(knownFile(directory), formatKnown(key, set));
  return { path, revision: set.revision };
}

async function writeNewSet(directory: string, signal: AbortSignal): Promise<KnownSet> {
  const lists = await findAptLists(signal);
  const { architecture } = lists;
  if (!isArchitecture(architecture)) {
    const message = `the starter set is for amd64 and arm64, not for ${architecture}`;
    throw new StarterSetError("UNSUPPORTED_ARCHITECTURE", message);
  }
  const packages = await readAptLists(lists, signal);
  const { index } = buildStarterIndex(nixSystem(architecture), packages, await readTables());
  const distribution = distributionOf(lists.targets.map(({ release }) => release));
  const indexJson = JSON.stringify({ ...index, ...(distribution && { distribution }) });
  const revision = await hashSet(indexJson);
  const path = join(directory, revision);
  await mkdir(directory, { recursive: true });
  if (!(await pathExists(path))) await writeRevision(path, indexJson);
  return { revision, mirrors: Object.fromEntries(lists.targets.map(({ archive, mirror }) => [archive, mirror])) };
}

async function readTables(): Promise<StarterTables> {
  return {
    attributes: parseAttributeTable(await readFile(join(EXPRESSIONS, "attributes.json"), "utf8")),
    fixes: {
      links: parseLinkTable(await readFile(join(EXPRESSIONS, "links.json"), "utf8")),
      steps: await readdir(join(EXPRESSIONS, "steps")),
      finish: await readdir(join(EXPRESSIONS, "finish")),
      accounts: await readdir(join(EXPRESSIONS, "accounts")),
    },
    policy: DEPENDENCY_POLICY,
  };
}

/** The hash includes the expressions, because a changed builder makes different images from the same packages. */
async function hashSet(indexJson: string): Promise<string> {
  const hash = createHash("sha256");
  await hashFolder(hash, EXPRESSIONS);
  return hash.update(indexJson).digest("hex");
}

/** Writes under a temporary name first. So a folder with the final name is always complete. */
async function writeRevision(path: string, indexJson: string): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    await cp(EXPRESSIONS, unfinished, { recursive: true });
    await writeFile(join(unfinished, "index.json"), indexJson);
    await writeFile(join(unfinished, "mirrors.json"), "{}");
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Meanwhile, another process may have written the same revision.
    if (!(await pathExists(path))) throw error;
  }
}

async function replaceFile(path: string, content: string): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}
