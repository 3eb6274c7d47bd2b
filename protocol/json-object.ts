/** A JSON object. Its members are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is a list, and all its items pass `isItem`. */
export function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every((item) => isItem(item));
}

/** Null for text that is not one JSON object. */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The members of a JSON array. Empty for any other value. */
export function jsonMembers(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Throws a SyntaxError for text that is not JSON. */
export function parseJson(text: string): unknown {
  return JSON.parse(text);
}
