import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { imageConfig } from "../../../image/description/image-config.ts";
import { imageManifests } from "../../../image/description/manifest.ts";
import type { ImageFacts } from "../../../image/facts/image-facts.ts";
import { buildAttestation } from "../../../image/referrers/build-attestation.ts";
import { imageIndex } from "../../../image/referrers/image-index.ts";
import { describeContent, type JsonContent, jsonContent } from "../../../image/referrers/json-content.ts";
import { referrersIndex } from "../../../image/referrers/referrers-index.ts";
import { statement } from "../../../image/referrers/statement.ts";
import { cosignAttestations } from "../../../image/signatures/cosign-attestations.ts";
import { cosignSignatures } from "../../../image/signatures/cosign-signatures.ts";
import { signStatement } from "../../../image/signatures/dsse-envelope.ts";
import { bundledSignatures, bundledStatement } from "../../../image/signatures/sigstore-bundle.ts";
import { generatePrivateKey, parsePrivateKey } from "../../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../../image/signing-keys/signer.ts";
import { tarHeader } from "../../../image/tar/tar-header.ts";
import { documentArtifacts, documentStatements, type ImageDocuments } from "../../../image/trust/image-documents.ts";
import { imageDocuments } from "../../../origin/trust/image-documents.ts";
import type { BuildFacts } from "../../../image/attestations/build-facts.ts";
import { type Digest, sha256Digest } from "../../../protocol/digest.ts";
import type { Architecture } from "../../../protocol/image-name.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import type { StoredAnswer } from "../registry/test-registry.ts";

/** The store paths of the image, each in a layer of its own. */
export const PATHS = [
  "/nix/store/0000000000000000000000000000000a-git-2.51.0",
  "/nix/store/0000000000000000000000000000000b-zlib-1.3",
] as const;

export interface PublishedImage {
  readonly signer: KeySigner;
  readonly image: JsonContent;
  readonly config: JsonContent;
  readonly layers: readonly PublishedLayer[];
  /** What a registry answers, by path. */
  readonly content: Map<string, StoredAnswer>;
}

export interface PublishedLayer {
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  readonly bytes: Uint8Array;
}

interface PublishOptions {
  readonly architecture?: Architecture;
  /** Undefined makes a new key, null signs nothing. */
  readonly signer?: KeySigner | null;
  /** The store paths that the bills list. */
  readonly billed?: readonly string[];
}

const BUILD: BuildFacts = {
  documentation: "https://registry.example/docs",
  builder: { id: "https://registry.example", versions: { cornice: "0.1.0" } },
  source: { name: "starter", revision: "r1" },
  names: ["git"],
  tag: "latest",
  settings: { maxStoreLayers: 100, compression: "gzip", popularity: "none" },
  origins: [],
};

export async function newSigner(): Promise<KeySigner> {
  return parsePrivateKey(await generatePrivateKey());
}

/** An image with all that Cornice attaches to it, as a registry serves it under the name `git`. */
export async function publishImage(options: PublishOptions = {}): Promise<PublishedImage> {
  const { architecture = "amd64", billed = PATHS } = options;
  const signer = options.signer ?? (await newSigner());
  const layers = PATHS.map((path) => layerOf(path));
  const config = await jsonContent(MEDIA_TYPES.oci.config, configJson(architecture, layers));
  const { oci } = await imageManifests(config, { layers, compression: "gzip" });
  const image = await jsonContent(oci.mediaType, oci.json);
  const documents = await imageDocuments(factsOf({ digest: image.digest, architecture, billed }), BUILD);
  const signers = options.signer === null ? [] : [signer];
  const content = new Map<string, StoredAnswer>([
    ...answers([image], [config]),
    ...layers.map(({ digest, bytes }) => [`/v2/git/blobs/${digest}`, { mediaType: "", body: bytes }] as const),
    ...(await attached(image, signers, documents)),
    ...tagged("latest", image),
  ]);
  for (const { publicKey } of signers) content.set("/keys/cosign.pub", { mediaType: "", body: publicKey.pem });
  return { signer, image, config, layers, content };
}

type Answers = readonly (readonly [path: string, answer: StoredAnswer])[];

function answers(manifests: readonly JsonContent[], blobs: readonly JsonContent[]): Answers {
  const of = (folder: string) => (content: JsonContent) =>
    [`/v2/git/${folder}/${content.digest}`, { mediaType: content.mediaType, body: content.json }] as const;
  return [...manifests.map(of("manifests")), ...blobs.map(of("blobs"))];
}

function tagged(tag: string, { mediaType, json }: JsonContent): Answers {
  return [[`/v2/git/manifests/${tag}`, { mediaType, body: json }]];
}

/** What refers to an image or a list: its signatures, and its documents. */
async function attached(
  image: JsonContent,
  [signer]: readonly KeySigner[],
  documents: ImageDocuments | undefined,
): Promise<Answers> {
  const subject = describeContent(image);
  const plain = documents ? await documentArtifacts(subject, documents) : [];
  const made = documents ? await documentStatements(image.digest, documents) : [];
  const signers = signer && ([signer] as const);
  const statements = signers ? await Promise.all(made.map((each) => signStatement(each, signers))) : [];
  const bundles = (await Promise.all(statements.map((each) => bundledStatement(subject, each)))).flat();
  const signatures = signers ? await bundledSignatures(subject, signers) : [];
  const reference = "registry.example/git";
  const tags = signers
    ? [
        await cosignSignatures({ image: image.digest, reference, signers }),
        ...(statements.length > 0 ? [await cosignAttestations({ image: image.digest, statements })] : []),
      ]
    : [];
  const artifacts = [...plain, ...bundles, ...signatures];
  const { json: body, mediaType } = await referrersIndex(artifacts.map(({ entry }) => entry));
  const stored = [...artifacts, ...tags];
  return [
    ...answers(
      stored.map(({ manifest }) => manifest),
      stored.flatMap(({ blobs }) => blobs),
    ),
    ...tags.flatMap(({ tag, manifest }) => tagged(tag, manifest)),
    [`/v2/git/referrers/${image.digest}`, { mediaType, body }],
  ];
}

export interface PublishedList {
  readonly list: JsonContent;
  readonly content: Map<string, StoredAnswer>;
}

/** A list of images, with statements in the place of BuildKit. `signer` signs the list. */
export async function publishList(
  images: readonly (PublishedImage & { readonly architecture: Architecture })[],
  signer: KeySigner | undefined,
): Promise<PublishedList> {
  const attestations = await Promise.all(
    images.map(async ({ image: { digest } }) =>
      buildAttestation(digest, [
        await statement({ subjects: [{ digest }], predicateType: "https://slsa.dev/provenance/v1", predicate: {} }),
      ]),
    ),
  );
  const list = await imageIndex({
    images: images.map(({ image, architecture }) => ({ architecture, manifest: image })),
    attestations,
  });
  const content = new Map<string, StoredAnswer>([
    ...images.flatMap((image) => [...image.content]),
    ...answers(
      [list, ...attestations.map(({ manifest }) => manifest)],
      attestations.flatMap(({ blobs }) => blobs),
    ),
    ...(await attached(list, signer ? [signer] : [], undefined)),
    ...tagged("latest", list),
  ]);
  return { list, content };
}

function configJson(architecture: Architecture, layers: readonly PublishedLayer[]): string {
  return imageConfig({
    architecture,
    packages: ["git"],
    layers: layers.map(({ diffId }, index) => ({ diffId, description: `layer ${index}` })),
    hasShell: false,
    hasCertificates: false,
  });
}

interface FactsInput extends Pick<ImageFacts, "digest" | "architecture"> {
  readonly billed: readonly string[];
}

function factsOf({ digest, architecture, billed }: FactsInput): ImageFacts {
  return {
    digest,
    architecture,
    title: "git",
    requested: [],
    paths: billed.map((path) => ({ path, narSize: 1, references: [], layers: [], narHash: "ab".repeat(32) })),
  };
}

function layerOf(path: string): PublishedLayer {
  const bytes = Buffer.from(`the file of ${path}`);
  const file = { type: "file", name: `${path.slice(1)}/file`, mode: 0o444, content: { kind: "bytes", bytes } } as const;
  const tar = Buffer.concat([
    tarHeader({ type: "directory", name: path.slice(1), mode: 0o555 }),
    tarHeader(file),
    bytes,
    Buffer.alloc(512 - (bytes.length % 512)),
    Buffer.alloc(1024),
  ]);
  const packed = gzipSync(tar);
  return { digest: digestOf(packed), size: packed.length, diffId: digestOf(tar), bytes: packed };
}

export function digestOf(bytes: Uint8Array): Digest {
  return sha256Digest(createHash("sha256").update(bytes).digest("hex"));
}
