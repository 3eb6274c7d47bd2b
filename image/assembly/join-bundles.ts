import type { Bundle } from "../bundles/bundle.ts";
import type { StorePath } from "../closure/store-path.ts";

/** What the bundles of an image's packages say together. */
export type JoinedBundles = Omit<Bundle, "steps" | "facts">;

/** A store path, a layer or a tree that several bundles have is the same in each: its name or hash stands for it. */
export function joinBundles(bundles: readonly Bundle[]): JoinedBundles {
  const paths = new Map<string, StorePath>();
  for (const { closure } of bundles) for (const path of closure) paths.set(path.path, path);
  return {
    closure: [...paths.values()],
    solos: joinMaps(bundles, ({ solos }) => solos),
    rests: joinMaps(bundles, ({ rests }) => rests),
    trees: joinMaps(bundles, ({ trees }) => trees),
    popularity: {
      packages: joinMaps(bundles, ({ popularity }) => popularity.packages),
      roots: joinMaps(bundles, ({ popularity }) => popularity.roots),
    },
  };
}

function joinMaps<Value>(
  bundles: readonly Bundle[],
  mapOf: (bundle: Bundle) => ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  return new Map(bundles.flatMap((bundle) => [...mapOf(bundle)]));
}
