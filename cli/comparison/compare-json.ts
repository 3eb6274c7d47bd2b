import { isDeepStrictEqual } from "node:util";
import { isJsonObject } from "../../protocol/json-object.ts";

/** Characters of a value that a person sees. */
const MAX_SHOWN = 100;
/** Deeper parts are compared as a whole. A config has about four levels. */
const MAX_DEPTH = 10;

/** Where two JSON values differ first, in words: `config.Env[2]: "a" in the registry, "b" here`. Undefined if nowhere. */
export function compareJson(registry: unknown, here: unknown, path = "", depth = 0): string | undefined {
  if (isDeepStrictEqual(registry, here)) return undefined;
  const members = depth < MAX_DEPTH ? pairs(registry, here) : [];
  for (const [step, a, b] of members) {
    const difference = compareJson(a, b, `${path}${step}`, depth + 1);
    if (difference !== undefined) return difference;
  }
  return `${path.replace(/^\./, "") || "the whole"}: ${shown(registry)} in the registry, ${shown(here)} here`;
}

function pairs(a: unknown, b: unknown): readonly (readonly [step: string, a: unknown, b: unknown])[] {
  if (Array.isArray(a) && Array.isArray(b))
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => [
      `[${index}]`,
      at(a, index),
      at(b, index),
    ]);
  if (!isJsonObject(a) || !isJsonObject(b)) return [];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [`.${name}`, a[name], b[name]]);
}

function at(list: readonly unknown[], index: number): unknown {
  return list[index];
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, MAX_SHOWN);
}
