import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import type { IndexedPackage } from "../../protocol/package-index.ts";
import { indexRow } from "./index-row.ts";
import { componentOf, nameSteps } from "./package-names.ts";
import { OWN_INDEX } from "../starter/index-file.ts";
import type { Attribute } from "../starter/starter-index.ts";

/**
 * The packages of the starter set in a folder, for the machine's own architecture. They come from Debian's lists. Nix
 * evaluates nothing.
 */
export async function starterPackages(path: string): Promise<IndexedPackage[]> {
  return rows(parseMembers(await readFile(join(path, OWN_INDEX), "utf8")), []);
}

/** Throws a TypeError if the index has no attributes, or if one has no version or no description. */
function parseMembers(json: string): Member[] {
  const attributes = parseJsonObject(json)?.["attributes"];
  if (!isJsonObject(attributes)) throw new TypeError("the starter set's index has no attributes");
  return Object.entries(attributes).map(([attribute, about]) => {
    const { version, description } = isJsonObject(about) ? about : {};
    if (typeof version !== "string" || typeof description !== "string")
      throw new TypeError(`${attribute} of the starter set has no version or no description`);
    return { path: attribute.split("."), about: { version, description } };
  });
}

interface Member {
  /** The rest of its attribute path, from the current set. */
  readonly path: readonly string[];
  readonly about: Pick<Attribute, "version" | "description">;
}

function rows(members: readonly Member[], stepsBefore: readonly string[]): IndexedPackage[] {
  const byAttribute = Map.groupBy(members, ({ path }) => path[0] ?? "");
  return [...nameSteps([...byAttribute.keys()])].flatMap(([attribute, step]) => {
    const steps = [...stepsBefore, step];
    const name = componentOf(steps);
    const alike = byAttribute.get(attribute) ?? [];
    const own = alike.filter(({ path }) => path.length === 1);
    const inside = alike.filter(({ path }) => path.length > 1);
    return [
      ...own.flatMap(({ about }) => (name === undefined ? [] : [indexRow(name, about.version, about.description)])),
      ...(inside.length > 0
        ? rows(
            inside.map(({ path, about }) => ({ path: path.slice(1), about })),
            steps,
          )
        : []),
    ];
  });
}
