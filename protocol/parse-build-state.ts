import type { BuildState } from "./build-state.ts";
import { isJsonObject } from "./json-object.ts";

/** Null for a value that is not a `BuildState`. The writer has the same release, so only the outline is checked. */
export function parseBuildState(value: unknown): BuildState | null {
  return isBuildState(value) ? value : null;
}

export function isBuildState(value: unknown): value is BuildState {
  if (!isJsonObject(value)) return false;
  const { image, startedAt, phases, work, layers, log } = value;
  const areLists = [phases, work, layers, isJsonObject(log) ? log["lines"] : undefined].every(Array.isArray);
  return typeof image === "string" && typeof startedAt === "number" && areLists;
}
