import { isJsonObject, type JsonObject } from "../../../protocol/json-object.ts";

/** A compiled schema. It leaves what is wrong in its property `errors`. */
type Validate = (object: unknown) => boolean;

/**
 * What is wrong with an object of Kubernetes. Its published schemas allow fields that nobody knows. So a field that the
 * schema does not look at is wrong, too: it is misspelt, or in the wrong place.
 */
export function complaintsAbout(object: JsonObject, validate: Validate): string[] {
  const unread = new Set<string>();
  const isValid = validate(watched(object, "", unread));
  const errors = isValid ? [] : [JSON.stringify(Reflect.get(validate, "errors"))];
  return [...errors, ...[...unread].map((path) => `${path} is no field`)];
}

/** A copy that strikes fields off the set when somebody reads them. */
function watched(value: unknown, path: string, unread: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item, index) => watched(item, `${path}/${index}`, unread));
  if (!isJsonObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    unread.add(`${path}/${name}`);
    copy[name] = watched(item, `${path}/${name}`, unread);
  }
  return new Proxy(copy, {
    get(target, name): unknown {
      unread.delete(`${path}/${String(name)}`);
      return Reflect.get(target, name);
    },
  });
}
