import { isStorePath } from "../../image/closure/store-path.ts";
import type { NixEvent } from "./nix-event.ts";

/** What Nix would do to realise some paths. */
export interface DownloadPlan {
  /** Derivations that no binary cache has the outputs of. */
  readonly build: readonly string[];
  /** Store paths that a binary cache has. */
  readonly download: readonly string[];
}

/** Reads what `nix-store --realise --dry-run` would do. */
export interface PlanReader {
  read(event: NixEvent): void;
  readonly plan: DownloadPlan;
}

/** Nix prints its plan at this level. Servers can put text into messages of other levels. */
const INFORMATION = 3;

type List = keyof DownloadPlan;

const HEADINGS: readonly [words: RegExp, list: List][] = [
  [/ will be built:$/, "build"],
  [/ will be fetched/, "download"],
];

export function createPlanReader(): PlanReader {
  const plan: Record<List, string[]> = { build: [], download: [] };
  let list: List | undefined;

  function readLine(line: string): void {
    const path = line.trim();
    if (!isStorePath(path)) list = HEADINGS.find(([words]) => words.test(line))?.[1];
    else if (list !== undefined) plan[list].push(path);
  }

  return {
    plan,
    read(event) {
      if (event.kind === "text" && event.level === INFORMATION) event.lines.forEach(readLine);
    },
  };
}
