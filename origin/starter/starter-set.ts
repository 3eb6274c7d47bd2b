import { createHash, randomUUID } from "node:crypto";
import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Architecture } from "../../protocol/image-name.ts";
import { isArchitecture } from "../../protocol/image-request.ts";
import { hostArchitecture } from "../nix/system.ts";
import { pathExists } from "../system/path-exists.ts";
import { type AptLists, findAptLists, machineApt } from "./apt.ts";
import { aptState } from "./apt-state.ts";
import { readArchitecture, withElsewhere } from "./architecture-index.ts";
import { findForeignLists, type ForeignApt, foreignApt, updateForeignLists } from "./foreign-apt.ts";
import { foreignIndex, OWN_INDEX } from "./index-file.ts";
import { formatKnown, hashFolder, knownFile, type KnownSet, knownSet, stateKey } from "./known-set.ts";
import { StarterSetError } from "./starter-error.ts";

const EXPRESSIONS = fileURLToPath(new URL("../../nix/starter", import.meta.url));

export interface StarterSetOptions {
  /** The folder for revisions of the set. It is made if it is missing. */
  readonly directory: string;
  /** The architectures that the set must have. It always has this machine's own one, and needs no other by default. */
  readonly architectures?: readonly Architecture[];
  readonly signal: AbortSignal;
  /** Called before a step that takes seconds. */
  readonly log?: (line: string) => void;
}

export interface StarterSet {
  /** The path that Nix imports. It has a function from `{ system ? ... }` to the attribute set. */
  readonly path: string;
  /**
   * The same state of Debian's archives gives the same revision, with every mirror, on every machine of one architecture
   * that asks for the same architectures.
   */
  readonly revision: string;
}

/**
 * Writes the package set for the current state of apt's lists, if it is not there. As long as nothing changes, apt is
 * only asked for its configuration. Throws StarterSetError.
 */
export async function writeStarterSet(options: StarterSetOptions): Promise<StarterSet> {
  const { directory, signal, log = () => {} } = options;
  const state = await aptState([], signal);
  const foreign = foreignApts(options);
  for (const apt of foreign) await updateForeignLists(apt, { state, signal, log });
  const states = await Promise.all(foreign.map((apt) => aptState(apt.options, signal)));
  const key = await stateKey([state, ...states], [EXPRESSIONS, import.meta.dirname]);
  const known = await knownSet(directory, key);
  if (!known) log("Reading Debian's package lists ...");
  const set = known ?? (await writeNewSet(directory, foreign, signal));
  const path = join(directory, set.revision);
  // The mirrors are not part of the revision, because all mirrors have the same files.
  await replaceFile(join(path, "mirrors.json"), JSON.stringify(set.mirrors));
  if (!known) await replaceFile(knownFile(directory), formatKnown(key, set));
  return { path, revision: set.revision };
}

function foreignApts({ directory, architectures = [] }: StarterSetOptions): ForeignApt[] {
  const others = new Set(architectures.filter((each) => each !== hostArchitecture()));
  return [...others].toSorted().map((each) => foreignApt(each, join(directory, `apt-${each}`)));
}

async function writeNewSet(directory: string, foreign: readonly ForeignApt[], signal: AbortSignal): Promise<KnownSet> {
  const own = await findAptLists(await machineApt(signal), signal);
  const { architecture } = own;
  if (!isArchitecture(architecture)) {
    const message = `the starter set is for amd64 and arm64, not for ${architecture}`;
    throw new StarterSetError("UNSUPPORTED_ARCHITECTURE", message);
  }
  const reading = { expressions: EXPRESSIONS, signal };
  const indexes = [await readArchitecture(own, { ...reading, architecture, runsPrograms: true })];
  const allLists = [own];
  for (const apt of foreign) {
    const lists = await findForeignLists(apt, own, signal);
    allLists.unshift(lists);
    indexes.push(await readArchitecture(lists, { ...reading, architecture: apt.architecture, runsPrograms: false }));
  }
  const names = [OWN_INDEX, ...foreign.map((apt) => foreignIndex(apt.architecture))];
  const texts = withElsewhere(indexes).map((index) => JSON.stringify(index));
  const revision = await writeRevision(directory, new Map(names.map((name, at) => [name, texts[at] ?? ""])));
  return { revision, mirrors: mirrorsOf(allLists) };
}

/** If two lists of an archive come from different mirrors, the last one counts. */
function mirrorsOf(lists: readonly AptLists[]): KnownSet["mirrors"] {
  return Object.fromEntries(lists.flatMap(({ targets }) => targets.map(({ archive, mirror }) => [archive, mirror])));
}

/** Writes the files of the indexes and the expressions, if they are not there. Returns the revision. */
async function writeRevision(directory: string, indexes: ReadonlyMap<string, string>): Promise<string> {
  const revision = await hashSet([...indexes.values()]);
  const path = join(directory, revision);
  await mkdir(directory, { recursive: true });
  if (!(await pathExists(path))) await writeFiles(path, indexes);
  return revision;
}

/** The hash includes the expressions, because a changed builder makes different images from the same packages. */
async function hashSet(indexes: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  await hashFolder(hash, EXPRESSIONS);
  for (const index of indexes) hash.update(index);
  return hash.digest("hex");
}

/** Writes under a temporary name first. So a folder with the final name is always complete. */
async function writeFiles(path: string, indexes: ReadonlyMap<string, string>): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`;
  try {
    await cp(EXPRESSIONS, unfinished, { recursive: true });
    for (const [name, text] of indexes) await writeFile(join(unfinished, name), text);
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
