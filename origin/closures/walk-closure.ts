import { compareText } from "../../protocol/compare-text.ts";
import type { KnownPath } from "./known-path.ts";

/** All paths that the root needs, sorted by path. Undefined if `paths` lacks one of them. */
export function walkClosure(
  root: string,
  paths: Pick<ReadonlyMap<string, KnownPath>, "get">,
): readonly KnownPath[] | undefined {
  const closure = new Map<string, KnownPath>();
  const left = [root];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (closure.has(path)) continue;
    const known = paths.get(path);
    if (!known) return undefined;
    closure.set(path, known);
    left.push(...known.references);
  }
  return [...closure.values()].toSorted((a, b) => compareText(a.path, b.path));
}
