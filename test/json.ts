import { type JsonObject, parseJsonObject } from "../protocol/json-object.ts";

/** Names of members, and places in lists. */
type Path = readonly (string | number)[];

/** Parses the text of one JSON object. Throws for any other text. */
export function objectOf(text: string): JsonObject {
  const object = parseJsonObject(text);
  if (!object) throw new Error(`not a JSON object: ${text}`);
  return object;
}

/** Reads a member of a JSON value. Undefined if the value at the end of the path has no such member. */
export function memberAt(value: unknown, ...path: Path): unknown {
  return path.reduce<unknown>((holder, member) => {
    if (typeof holder !== "object" || holder === null) throw new Error(`${JSON.stringify(holder)} has no ${member}`);
    return Reflect.get(holder, member);
  }, value);
}

/** Reads a text in a JSON value. Throws if the member is no text. */
export function textAt(value: unknown, ...path: Path): string {
  const text = memberAt(value, ...path);
  if (typeof text !== "string") throw new Error(`${path.join(".")} is no text: ${JSON.stringify(text)}`);
  return text;
}

/** Reads a list in a JSON value. Throws if the member is no list. */
export function listAt(value: unknown, ...path: Path): readonly unknown[] {
  const list = memberAt(value, ...path);
  if (!Array.isArray(list)) throw new Error(`${path.join(".")} is no list: ${JSON.stringify(list)}`);
  return list;
}
