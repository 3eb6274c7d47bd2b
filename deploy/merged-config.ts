import { isJsonObject, type JsonObject } from "../protocol/json-object.ts";

/** An entry of a list is known by one of these fields. */
const IDENTITIES = ["binding", "name", "tag", "class_name"] as const;

/** The first configuration with the changes of the second. Neither is changed. */
export function mergeConfig(base: JsonObject, own: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(own)) merged[name] = mergeValue(base[name], value);
  return merged;
}

function mergeValue(base: unknown, own: unknown): unknown {
  if (isJsonObject(base) && isJsonObject(own)) return mergeConfig(base, own);
  return Array.isArray(base) && Array.isArray(own) && own.length > 0 ? mergeList(base, own) : own;
}

/** Lists of plain values have no identities: the own list replaces the other one. */
function mergeList(base: readonly unknown[], own: readonly unknown[]): unknown[] {
  if (![...base, ...own].every((entry) => identityOf(entry) !== undefined)) return [...own];
  const changes = new Map(own.map((entry) => [identityOf(entry), entry]));
  const kept = base.map((entry) => {
    const change = changes.get(identityOf(entry));
    changes.delete(identityOf(entry));
    return change === undefined ? entry : mergeValue(entry, change);
  });
  return [...kept, ...changes.values()];
}

function identityOf(entry: unknown): string | undefined {
  if (!isJsonObject(entry)) return undefined;
  const field = IDENTITIES.find((name) => typeof entry[name] === "string");
  return field === undefined ? undefined : `${field} ${String(entry[field])}`;
}
