import type { DockerRegistry } from "./docker-registry.ts";
import { IMAGE } from "./image.ts";
import type { LocalEdge } from "./local-edge.ts";
import type { Target, Wrk } from "./wrk.ts";

/** The two registries to compare. Both have the image. */
export interface Registries {
  readonly edge: LocalEdge;
  readonly peer: DockerRegistry;
  readonly wrk: Wrk;
  readonly directory: string;
  readonly print: (line: string) => void;
}

/** The image's manifest by tag, in a registry. */
export function manifestOf({ host }: { readonly host: string }): Target {
  return { host, path: `/v2/${IMAGE}/manifests/latest` };
}
