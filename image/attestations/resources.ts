import { compareText } from "../../protocol/compare-text.ts";
import { storePathWord } from "../closure/store-path.ts";
import type { NamedPath } from "../facts/path-names.ts";
import type { BuiltPath, CachedPath, SourceFacts } from "./build-facts.ts";

/** https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
export interface ResourceDescriptor {
  readonly name: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly downloadLocation?: string;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string | readonly string[]>>;
}

/** Git's object names: SHA-1 or SHA-256. https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md */
const GIT_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export function sourceResource({ name, uri, revision }: SourceFacts): ResourceDescriptor {
  const isCommit = revision !== undefined && GIT_COMMIT.test(revision);
  return {
    name: "source",
    uri: uri ?? name,
    ...(isCommit && { digest: { gitCommit: revision } }),
    ...(revision !== undefined && !isCommit && { annotations: { revision } }),
  };
}

/** A path that was there before the build. If its cache is unknown, no place is named. */
export function pathResource(path: NamedPath, cache: CachedPath | undefined): ResourceDescriptor {
  return {
    ...archiveResource(path),
    ...(cache?.cache !== undefined && { downloadLocation: cache.cache }),
    ...(cache?.key !== undefined && { annotations: { key: cache.key } }),
  };
}

export function builtResource(path: NamedPath, { derivation }: BuiltPath): ResourceDescriptor {
  return { ...archiveResource(path), annotations: { derivation } };
}

/** The derivations that were built, sorted. A derivation with several outputs is in the list once. */
export function derivationResources(built: readonly BuiltPath[]): ResourceDescriptor[] {
  const outputs = Map.groupBy(built, ({ derivation }) => derivation);
  return [...outputs]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([derivation, paths]) => ({
      name: storePathWord(derivation),
      uri: storeUri(derivation),
      annotations: { outputs: paths.map(({ path }) => path).toSorted(compareText) },
    }));
}

/** A store path, with nothing said of where it comes from. */
export function archiveResource({ path, narHash }: Pick<NamedPath, "path" | "narHash">): ResourceDescriptor {
  return {
    name: storePathWord(path),
    uri: storeUri(path),
    // The hash is that of the path as a NAR archive. The media type, which Nix uses, says so.
    ...(narHash !== undefined && { digest: { sha256: narHash }, mediaType: "application/x-nix-nar" }),
  };
}

/** Nix's own URLs of local files: https://nix.dev/manual/nix/2.28/command-ref/new-cli/nix3-flake#types */
function storeUri(path: string): string {
  return `path:${path}`;
}
