import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { IndexedPackage } from "../../protocol/package-index.ts";
import { indexRow } from "./index-row.ts";
import { componentOf, nameSteps } from "./package-names.ts";
import type { Attribute, StarterIndex } from "../starter/starter-index.ts";

/** The packages of a starter set, by its folder: they are known from Debian's lists, and nothing is evaluated. */
export async function starterPackages(path: string): Promise<IndexedPackage[]> {
  const index: Pick<StarterIndex, "attributes"> = JSON.parse(await readFile(join(path, "index.json"), "utf8"));
  return rows(
    Object.entries(index.attributes).map(([attribute, about]) => ({ path: attribute.split("."), about })),
    [],
  );
}

interface Member {
  /** What is left of it in the set that is looked at. */
  readonly path: readonly string[];
  readonly about: Attribute;
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
