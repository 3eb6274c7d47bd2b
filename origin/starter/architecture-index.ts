import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Distribution } from "../../image/facts/image-facts.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { type AptLists, readAptLists } from "./apt.ts";
import { parseAttributeTable } from "./attribute-table.ts";
import { distributionOf } from "./debian-facts.ts";
import { DEPENDENCY_POLICY } from "./dependency-policy.ts";
import { parseLinkTable } from "./fixes.ts";
import { buildStarterIndex, type StarterIndex, type StarterTables } from "./starter-index.ts";

/** The index of one architecture, as its file has it. */
export interface ArchitectureIndex extends StarterIndex {
  readonly distribution?: Distribution;
}

interface ReadOptions {
  readonly architecture: Architecture;
  /** The folder of the Nix expressions and of their tables. */
  readonly expressions: string;
  /** Whether this machine can run programs of the architecture. */
  readonly runsPrograms: boolean;
  readonly signal: AbortSignal;
}

/** Reads apt's lists of one architecture, and makes the index of its packages. */
export async function readArchitecture(
  lists: AptLists,
  { architecture, expressions, runsPrograms, signal }: ReadOptions,
): Promise<ArchitectureIndex> {
  const packages = await readAptLists(lists, signal);
  const target = { system: nixSystem(architecture), runsPrograms };
  const { index } = buildStarterIndex(target, packages, await readTables(expressions));
  const distribution = distributionOf(lists.targets.map(({ release }) => release));
  return { ...index, ...(distribution && { distribution }) };
}

/** Each index gets the names of the attributes that only the others have. */
export function withElsewhere(indexes: readonly ArchitectureIndex[]): ArchitectureIndex[] {
  const all = new Set(indexes.flatMap(({ attributes }) => Object.keys(attributes)));
  return indexes.map((index) => {
    const elsewhere = [...all].filter((path) => !Object.hasOwn(index.attributes, path)).toSorted();
    return elsewhere.length === 0 ? index : { ...index, elsewhere };
  });
}

async function readTables(expressions: string): Promise<StarterTables> {
  const text = (file: string) => readFile(join(expressions, file), "utf8");
  const files = (folder: string) => readdir(join(expressions, folder));
  return {
    attributes: parseAttributeTable(await text("attributes.json")),
    fixes: {
      links: parseLinkTable(await text("links.json")),
      steps: await files("steps"),
      finish: await files("finish"),
      accounts: await files("accounts"),
    },
    policy: DEPENDENCY_POLICY,
  };
}
