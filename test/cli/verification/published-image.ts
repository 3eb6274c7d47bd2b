import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { imageConfig } from "../../../image/description/image-config.ts";
import { imageManifests } from "../../../image/description/manifest.ts";
import type { ImageFacts } from "../../../image/facts/image-facts.ts";
import { describeContent, type JsonContent, jsonContent } from "../../../image/referrers/json-content.ts";
import { generatePrivateKey, parsePrivateKey } from "../../../image/signing-keys/private-key.ts";
import type { KeySigner } from "../../../image/signing-keys/signer.ts";
import { tarHeader } from "../../../image/tar/tar-header.ts";
import { attachmentsOf } from "../../../image/trust/attachments.ts";
import { signRecord } from "../../../image/trust/sign-record.ts";
import { imageDocuments } from "../../../origin/trust/image-documents.ts";
import type { BuildFacts } from "../../../image/attestations/build-facts.ts";
import { type Digest, sha256Digest } from "../../../protocol/digest.ts";
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
  readonly repository?: string;
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

/** An image with all that Cornice attaches to it, as a registry serves it. */
export async function publishImage(options: PublishOptions = {}): Promise<PublishedImage> {
  const { repository = "git", billed = PATHS } = options;
  const signer = options.signer ?? (await newSigner());
  const layers = PATHS.map((path) => layerOf(path));
  const descriptions = layers.map(({ diffId }, index) => ({ diffId, description: `layer ${index}` }));
  const configJson = imageConfig({
    architecture: "amd64",
    packages: ["git"],
    layers: descriptions,
    hasShell: false,
    hasCertificates: false,
  });
  const config = await jsonContent(MEDIA_TYPES.oci.config, configJson);
  const { oci } = await imageManifests(config, { layers, compression: "gzip" });
  const image = await jsonContent(oci.mediaType, oci.json);
  const documents = await imageDocuments(factsOf(image.digest, billed), BUILD);
  const unsigned = {
    subjects: [describeContent(image)],
    reference: `registry.example/${repository}`,
    documents,
  } as const;
  const [attached] = await attachmentsOf(await signRecord(unsigned, options.signer === null ? [] : [signer]));
  if (!attached) throw new Error("nothing stands beside the image");
  const { artifacts, signatures, attestations, referrers } = attached;

  const content = new Map<string, StoredAnswer>();
  const put = (path: string, { mediaType, json }: JsonContent) =>
    content.set(`/v2/${repository}/${path}`, { mediaType, body: json });
  const puts = (stored: JsonContent) => put(`manifests/${stored.digest}`, stored);
  put("manifests/latest", image);
  for (const stored of [image, ...artifacts.map(({ manifest }) => manifest)]) puts(stored);
  for (const blob of [config, ...artifacts.flatMap(({ blobs }) => blobs)]) put(`blobs/${blob.digest}`, blob);
  for (const { digest, bytes } of layers)
    content.set(`/v2/${repository}/blobs/${digest}`, { mediaType: "application/octet-stream", body: bytes });
  const tag = `manifests/${image.digest.replace(":", "-")}`;
  if (signatures) put(`${tag}.sig`, signatures);
  if (attestations) put(`${tag}.att`, attestations);
  put(`referrers/${image.digest}`, referrers);
  if (options.signer !== null)
    content.set("/keys/cosign.pub", { mediaType: "application/x-pem-file", body: signer.publicKey.pem });
  return { signer, image, config, layers, content };
}

function factsOf(digest: Digest, billed: readonly string[]): ImageFacts {
  return {
    digest,
    architecture: "amd64",
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
