import { compareText } from "../../protocol/compare-text.ts";
import type { KnownPath } from "./known-path.ts";

/** All paths that the root needs, sorted by path. Undefined if one of them is not known. */
export function walkClosure(
  root: string,
  find: (path: string) => KnownPath | undefined,
): readonly KnownPath[] | undefined {
  const closure = new Map<string, KnownPath>();
  const left = [root];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (closure.has(path)) continue;
    const known = find(path);
    if (!known) return undefined;
    closure.set(path, known);
    left.push(...known.references);
  }
  return [...closure.values()].toSorted((a, b) => compareText(a.path, b.path));
}
