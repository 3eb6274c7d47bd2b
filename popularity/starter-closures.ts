import { withoutVersion } from "../image/layers/package-name.ts";
import { reachable } from "../origin/starter/dependency-graph.ts";
import { isJsonObject, parseJsonObject } from "../protocol/json-object.ts";
import { nameOfAttribute } from "../protocol/package-label.ts";

interface Node {
  readonly version: string;
  readonly dependencies: readonly string[];
}

interface AttributeNode {
  readonly pname: string;
  readonly version: string;
  readonly groups: readonly string[];
}

/**
 * Reads a starter set's `index.json`. For each attribute, by its name in image names, returns the packages in its
 * closure: its own package, and the groups that it needs. Undefined if the text is not such an index.
 */
export function starterClosures(indexJson: string): ReadonlyMap<string, readonly string[]> | undefined {
  const index = parseJsonObject(indexJson);
  const groups = parseEntries(index?.["groups"], parseNode);
  const attributes = parseEntries(index?.["attributes"], parseAttribute);
  if (!groups || !attributes || attributes.size === 0) return undefined;
  const closureOf = (attribute: AttributeNode) => [
    withoutVersion(`${attribute.pname}-${attribute.version}`),
    ...Array.from(reachable(groups, attribute.groups), (name) =>
      withoutVersion(`${name}-${groups.get(name)?.version ?? ""}`),
    ),
  ];
  return new Map(Array.from(attributes, ([path, attribute]) => [nameOfAttribute(path), closureOf(attribute)]));
}

function parseEntries<T>(value: unknown, parse: (entry: unknown) => T | undefined): Map<string, T> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = new Map<string, T>();
  for (const [name, entry] of Object.entries(value)) {
    const parsed = parse(entry);
    if (parsed === undefined) return undefined;
    entries.set(name, parsed);
  }
  return entries;
}

function parseNode(value: unknown): Node | undefined {
  if (!isJsonObject(value)) return undefined;
  const { version, dependencies } = value;
  return typeof version === "string" && isTexts(dependencies) ? { version, dependencies } : undefined;
}

function parseAttribute(value: unknown): AttributeNode | undefined {
  if (!isJsonObject(value)) return undefined;
  const { pname, version, groups } = value;
  const isNamed = typeof pname === "string" && typeof version === "string";
  return isNamed && isTexts(groups) ? { pname, version, groups } : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
