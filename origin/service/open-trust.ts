import type { HashedPopularity } from "../../image/layers/popularity.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { RELEASE } from "../../protocol/release.ts";
import type { Closures } from "../closures/closures.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { describeSource, withoutCredentials } from "../sources/package-source.ts";
import { type DebianPaths, readDebianPaths } from "../starter/debian-paths.ts";
import { starterFolder } from "../starter/starter-source.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { BuildPlace } from "../trust/build-facts.ts";
import { createImageDescriber } from "../trust/image-describer.ts";
import { createImageTrust, type ImageTrust, type TrustListener } from "../trust/image-trust.ts";
import { describeStorePaths } from "../trust/describe-store-paths.ts";
import { publishPublicKeys } from "../trust/publish-public-keys.ts";
import type { SigningKeys } from "../trust/signing-keys.ts";
import type { BuilderConfig } from "./config.ts";

/** How a builder describes and signs images. */
export interface TrustOfBuilder extends TrustListener {
  /** Undefined if nothing is signed. */
  readonly keys: SigningKeys | undefined;
  readonly registryUrl: string;
}

interface TrustParts extends TrustOfBuilder {
  readonly config: BuilderConfig;
  readonly popularity: HashedPopularity;
  readonly store: ObjectStore;
  /** Undefined if this machine has no Nix. */
  readonly isolation: Isolation | undefined;
  /** Undefined if Nix makes all images. */
  readonly closures: Closures | undefined;
  readonly signal: AbortSignal;
}

export function openTrust(parts: TrustParts): ImageTrust {
  const { config, store, keys, registryUrl, isolation, closures } = parts;
  const { source } = config;
  const describer = createImageDescriber({
    store,
    place: once(() => buildPlace(parts)),
    packageSet: source.kind === "channel" ? "nixpkgs" : undefined,
    debian: starterPaths(config),
    describePaths: (contents, signal) => describeStorePaths({ isolation, closures }, contents, signal),
  });
  const publishKeys = once(async () => {
    if (keys) await publishPublicKeys(store, keys);
  });
  // If the store is down at the start, the first image tries again, and reports it.
  publishKeys().catch(() => undefined);
  const { host } = new URL(registryUrl);
  return createImageTrust({ ...parts, describer, publishKeys, host });
}

async function buildPlace({ config, popularity, registryUrl, isolation }: TrustParts): Promise<BuildPlace> {
  const { maxStoreLayers, compression } = config;
  const nix = await isolation?.nixVersion();
  return {
    documentation: `${registryUrl}/docs`,
    builder: { id: registryUrl, versions: { cornice: RELEASE, ...(nix && { nix: nix.text }) } },
    source: { name: describeSource(config.source), ...sourceUri(config) },
    settings: { maxStoreLayers, compression, popularity: popularity.hash },
  };
}

/** The address of a git repository, in the form of SPDX: https://spdx.github.io/spdx-spec/v2.3/package-information/#77-package-download-location-field */
function sourceUri({ source, sourceUrls }: BuilderConfig): { readonly uri?: string } {
  if (source.kind === "channel") return { uri: `git+${sourceUrls.nixpkgs}` };
  return source.kind === "git" ? { uri: `git+${withoutCredentials(source.url)}` } : {};
}

/** Each index is read once. */
function starterPaths({ source }: BuilderConfig): (architecture: Architecture) => Promise<DebianPaths | undefined> {
  const folder = starterFolder(source);
  if (folder === undefined) return async () => undefined;
  const read = (architecture: Architecture) => once(() => readDebianPaths(folder, architecture));
  const byArchitecture = { amd64: read("amd64"), arm64: read("arm64") };
  return (architecture) => byArchitecture[architecture]();
}

/** If the work fails, the next call does it again. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work().catch((error: unknown) => {
      result = undefined;
      throw error;
    });
    return result;
  };
}
