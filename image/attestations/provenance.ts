import type { Bill } from "../bills/bill.ts";
import type { ImageFacts } from "../facts/image-facts.ts";
import { FORMAT_VERSION } from "../layers/format-version.ts";
import type { BuildFacts, PathOrigin } from "./build-facts.ts";
import { builtResource, derivationResources, pathResource, sourceResource } from "./resources.ts";

/** The page about the members of the provenance, and the version of their meaning. */
const BUILD_TYPE = "provenance#v1";

/**
 * The predicate of SLSA provenance, version 1: https://slsa.dev/spec/v1.0/provenance. Every path of the closure is in it:
 * built paths are by-products, the others are dependencies. It has no clock. So two builds of one request on equal builders
 * have equal provenance. Throws if an origin names a path that is not part of the closure.
 */
export function provenance({ image, paths }: Pick<Bill, "image" | "paths">, build: BuildFacts) {
  const origins = originsOf(build, new Set(paths.map(({ path }) => path)));
  const built = [...origins.values()].filter((origin) => origin.kind === "built");
  return {
    buildDefinition: {
      buildType: `${build.documentation.replace(/\/$/, "")}/${BUILD_TYPE}`,
      externalParameters: externalParameters(image, build),
      internalParameters: { ...build.settings, formatVersion: FORMAT_VERSION },
      resolvedDependencies: [
        sourceResource(build.source),
        ...derivationResources(built),
        ...paths.flatMap((path) => {
          const origin = origins.get(path.path);
          return origin?.kind === "built" ? [] : [pathResource(path, origin)];
        }),
      ],
    },
    runDetails: {
      builder: { id: build.builder.id, version: build.builder.versions },
      byproducts: paths.flatMap((path) => {
        const origin = origins.get(path.path);
        return origin?.kind === "built" ? [builtResource(path, origin)] : [];
      }),
    },
  };
}

/** What the person asked for. SLSA asks for all of it, because these parameters are not trusted. */
function externalParameters({ architecture }: Pick<ImageFacts, "architecture">, { source, names, tag }: BuildFacts) {
  return {
    source: source.name,
    ...(source.revision !== undefined && { revision: source.revision }),
    ...(tag !== undefined && { tag }),
    names,
    architecture,
  };
}

function originsOf({ origins }: BuildFacts, closure: ReadonlySet<string>): ReadonlyMap<string, PathOrigin> {
  const stray = origins.find(({ path }) => !closure.has(path));
  if (stray) throw new Error(`${stray.path} is not part of the closure`);
  return new Map(origins.map((origin) => [origin.path, origin]));
}
