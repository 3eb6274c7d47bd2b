import { compareVersions } from "./debian-version.ts";
import { namePattern } from "./name-pattern.ts";
import { type DebianPackage } from "./package-list.ts";
import { parseRelations, type Relation, satisfies } from "./relation.ts";

interface Provider {
  readonly provider: DebianPackage;
  readonly version: string | undefined;
}

const PRIORITIES = ["required", "important", "standard", "optional", "extra"];

/** All available packages. It finds a package by name, by a provided name, or by a pattern. */
export class Universe {
  readonly #packages: ReadonlyMap<string, DebianPackage>;
  readonly #providers = new Map<string, Provider[]>();

  constructor(packages: ReadonlyMap<string, DebianPackage>) {
    this.#packages = packages;
    for (const provider of packages.values()) this.#addProvider(provider);
    for (const providers of this.#providers.values()) providers.sort(byPriorityAndName);
  }

  /** The package with this name, or else the best package that provides the name. All machines choose the same. */
  find(relation: Relation): DebianPackage | undefined {
    const named = this.#packages.get(relation.name);
    if (named && satisfies(named.version, relation)) return named;
    const providers = this.#providers.get(relation.name) ?? [];
    return providers.find(({ version }) => satisfies(version, relation))?.provider;
  }

  /** `#` in a pattern means a version number. `postgresql-#` finds the package with the highest number. */
  match(pattern: string): DebianPackage | undefined {
    if (!pattern.includes("#")) return this.#packages.get(pattern);
    const matching = namePattern(pattern);
    const found = [...this.#packages.keys()].flatMap((name) => {
      const number = matching.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number }];
    });
    const highest = found.toSorted((a, b) => compareVersions(b.number, a.number))[0];
    return highest && this.#packages.get(highest.name);
  }

  #addProvider(provider: DebianPackage): void {
    for (const [provided] of parseRelations(provider.provides)) {
      if (!provided) continue;
      const providers = this.#providers.get(provided.name) ?? [];
      providers.push({ provider, version: provided.version });
      this.#providers.set(provided.name, providers);
    }
  }
}

function byPriorityAndName(a: Provider, b: Provider): number {
  const order = PRIORITIES.indexOf(a.provider.priority) - PRIORITIES.indexOf(b.provider.priority);
  return order || (a.provider.name < b.provider.name ? -1 : 1);
}
