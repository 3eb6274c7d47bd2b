import type { Isolation } from "../isolation/isolation.ts";
import { runNix } from "./run-nix.ts";
import { isStorePath } from "../../image/closure/store-path.ts";

interface StoreOptions {
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
}

/** Copies a folder into the Nix store and keeps its name. Returns its store path. */
export async function addToStore(folder: string, { isolation, signal }: StoreOptions): Promise<string> {
  const path = (await runNix(await isolation.own("nix-store", ["--add", folder]), signal)).at(-1) ?? "";
  if (isStorePath(path)) return path;
  throw new Error(`nix-store --add gave no store path: ${path}`);
}
