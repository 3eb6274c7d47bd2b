import type { FoundPackage } from "../../../image/names/found-package.ts";
import { writeImage } from "../../../origin/builds/stored-image.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import type { BuildPlace } from "../../../origin/trust/build-facts.ts";
import type { DescribedPath } from "../../../origin/trust/described-path.ts";
import { createImageDescriber } from "../../../origin/trust/image-describer.ts";
import { createImageTrust, type ImageTrust, type TrustOutcome } from "../../../origin/trust/image-trust.ts";
import { publishPublicKeys } from "../../../origin/trust/publish-public-keys.ts";
import type { SigningKeys } from "../../../origin/trust/signing-keys.ts";
import type { TrustedImage } from "../../../origin/trust/trusted-image.ts";
import { generatePrivateKey, parsePrivateKey } from "../../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../../image/signing-keys/signer.ts";
import { sha256Digest } from "../../../protocol/digest.ts";
import type { ImageContents } from "../../../protocol/image-contents.ts";
import type { Architecture } from "../../../protocol/image-name.ts";
import type { ImageRequest } from "../../../protocol/image-request.ts";
import type { LayerCompression } from "../../../protocol/media-types.ts";

const REQUEST: ImageRequest = { source: "channel:a", tag: "latest", architecture: "amd64", packages: ["git"] };
export const REVISION = "c".repeat(40);

export const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
export const LIBC = "/nix/store/11111111111111111111111111111111-libc6-2.41-12";
export const LAYERS = ["a", "b"].map((digit) => sha256Digest(digit.repeat(64)));

export const CONTENTS: ImageContents = {
  packages: [{ attribute: "git", paths: [0] }],
  paths: [
    { path: GIT, narSize: 30, references: [1] },
    { path: LIBC, narSize: 20, references: [] },
  ],
  layers: LAYERS.map((digest, place) => ({ digest, size: 1, description: "", paths: [place] })),
};

/** What Nix knows of both paths: one was built here, the other came from a cache. */
export const DESCRIBED: readonly DescribedPath[] = [
  {
    path: GIT,
    narHash: "d".repeat(64),
    derivation: "/nix/store/22222222222222222222222222222222-git-2.51.0.drv",
    signers: [],
  },
  { path: LIBC, narHash: "e".repeat(64), signers: ["cache.example-1"] },
];

export const PLACE: BuildPlace = {
  documentation: "https://registry.example/docs",
  builder: { id: "https://registry.example", versions: { cornice: "1.0.0", nix: "2.28.3" } },
  source: { name: "channel:a", uri: "git+https://example.org/a" },
  settings: { maxStoreLayers: 100, compression: "gzip" },
};

export async function newKey(): Promise<KeySigner> {
  return parsePrivateKey(await generatePrivateKey());
}

interface StoredImageOptions {
  readonly compression?: LayerCompression;
  readonly contents?: ImageContents;
  readonly architecture?: Architecture;
  readonly packages?: readonly FoundPackage[];
}

/** Writes an image. */
export async function storeImage(
  store: ObjectStore,
  { compression = "gzip", contents = CONTENTS, architecture = "amd64", packages = [] }: StoredImageOptions = {},
): Promise<TrustedImage> {
  const layers = contents.layers.map((layer) => ({ ...layer, diffId: layer.digest }));
  const image = { config: JSON.stringify({ architecture }), layers, compression, contents };
  const stores = { store, blobs: createBlobPresence(store, Date.now) };
  const manifests = await writeImage(stores, Promise.resolve(image), Promise.resolve());
  const request = { ...REQUEST, architecture };
  return { request, revision: REVISION, manifests, packages: async () => packages };
}

interface Origin {
  readonly trust: ImageTrust;
  readonly outcomes: TrustOutcome[];
  readonly failures: unknown[];
}

interface OriginOptions {
  readonly keys?: SigningKeys;
  /** What this machine knows of paths of known images. */
  readonly known?: readonly DescribedPath[];
  readonly signal?: AbortSignal;
}

/** The parts of an origin that describe and sign images of a store. */
export function openOrigin(store: ObjectStore, { keys, known = DESCRIBED, signal }: OriginOptions = {}): Origin {
  const outcomes: TrustOutcome[] = [];
  const failures: unknown[] = [];
  const trust = createImageTrust({
    store,
    keys,
    describer: createImageDescriber({
      store,
      place: async () => PLACE,
      packageSet: "nixpkgs",
      debian: async () => undefined,
      describePaths: async () => known,
    }),
    publishKeys: async () => {
      if (keys) await publishPublicKeys(store, keys);
    },
    host: "registry.example",
    onOutcome: (outcome) => outcomes.push(outcome),
    onFailure: (image, error) => failures.push([image, error]),
    signal: signal ?? new AbortController().signal,
  });
  return { trust, outcomes, failures };
}

export const KEY = await newKey();
export const NEXT_KEY = await newKey();
/** The types of the statements about an image, sorted. */
export const DOCUMENTS = ["https://cyclonedx.org/bom", "https://slsa.dev/provenance/v1", "https://spdx.dev/Document"];
export const SIGNATURE = "https://sigstore.dev/cosign/sign/v1";

/** A signed image, as a build makes it. */
export async function buildSigned(store: ObjectStore, ...keys: readonly KeySigner[]) {
  const image = await storeImage(store);
  const [first = KEY, ...others] = keys;
  const origin = openOrigin(store, { keys: [first, ...others] });
  await origin.trust.begin({ ...image, contents: CONTENTS, described: DESCRIBED }).finish();
  return { ...origin, image, oci: image.manifests.oci.digest, docker: image.manifests.docker.digest };
}
