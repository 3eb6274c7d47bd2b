import { join } from "node:path";
import { parseJson } from "../../protocol/json-object.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { expressionFile } from "./expressions.ts";
import { rootedAnswer, rootOptions } from "./rooted-answer.ts";
import { isStorePath, STORE_DIRECTORY } from "../../image/closure/store-path.ts";

/** The name of sources in their store paths. Nix uses it for sources that it fetches. */
export const SOURCE_NAME = "source";

/** The store path of a source. `hash` is the first part of its name. */
export function storedSource(hash: string): string {
  return join(STORE_DIRECTORY, `${hash}-${SOURCE_NAME}`);
}

interface StoreOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /** The path of a link. Nix makes the link. While it exists, Nix's garbage collector keeps the store path. */
  readonly gcRoot: string;
}

/** Copies a folder into the Nix store, as a source. Returns its store path. */
export async function addToStore(folder: string, { isolation, signal, gcRoot }: StoreOptions): Promise<string> {
  const args = [...rootOptions(gcRoot), expressionFile("add-to-store.nix"), "--argstr", "folder", folder];
  const answer = await rootedAnswer(await isolation.own("nix-instantiate", args), gcRoot, signal);
  const path = parseJson(answer);
  if (typeof path === "string" && isStorePath(path)) return path;
  throw new Error(`Nix copied a folder into its store and gave no store path: ${answer}`);
}
