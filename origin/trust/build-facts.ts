import type { Builder, BuildFacts, PathOrigin, SourceFacts } from "../../image/attestations/build-facts.ts";
import { requestedName, type ImageRequest } from "../../protocol/image-request.ts";
import { UNVERSIONED } from "../sources/revision.ts";
import type { DescribedPath } from "./described-path.ts";

/** What the provenances of all images of an origin have in common. */
export interface BuildPlace extends Pick<BuildFacts, "documentation" | "settings"> {
  readonly builder: Builder;
  readonly source: Omit<SourceFacts, "revision">;
}

interface BuildInput {
  readonly request: Pick<ImageRequest, "packages" | "image" | "tag">;
  readonly revision: string;
  /** Only paths of the image. */
  readonly described: readonly DescribedPath[];
}

/** How an image was built. */
export function buildFacts({ source, ...place }: BuildPlace, { request, revision, described }: BuildInput): BuildFacts {
  return {
    ...place,
    source: { ...source, ...(revision !== UNVERSIONED && { revision }) },
    names: request.image === undefined ? request.packages : [requestedName(request)],
    tag: request.tag,
    origins: described.flatMap(originOf),
  };
}

/**
 * Nix takes a path of another machine only with a signature, or if the operator trusts its cache blindly. So a path without
 * one was built here, if its derivation is known.
 */
function originOf({ path, cache, signers, derivation }: DescribedPath): [PathOrigin] | [] {
  if (cache) return [{ kind: "cached", path, cache: cache.address, key: cache.key }];
  const [key] = signers ?? [];
  if (key !== undefined) return [{ kind: "cached", path, key }];
  return signers && derivation !== undefined ? [{ kind: "built", path, derivation }] : [];
}
