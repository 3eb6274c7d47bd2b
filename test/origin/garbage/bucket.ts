import { createHash } from "node:crypto";
import { encodeBundle } from "../../../image/bundles/bundle-record.ts";
import { layerListJson } from "../../../image/layers/layer-list.ts";
import { trustId } from "../../../image/trust/trust-id.ts";
import { collect } from "../../../origin/garbage/collect.ts";
import type { Collecting } from "../../../origin/garbage/collecting.ts";
import { attachedRecordJson } from "../../../protocol/attached-record.ts";
import { type Digest, sha256Digest } from "../../../protocol/digest.ts";
import { imageRecordJson } from "../../../protocol/image-record.ts";
import { LIST_MEDIA_TYPES, MEDIA_TYPES, OCI_INDEX_MEDIA_TYPE } from "../../../protocol/media-types.ts";
import { requestRecordJson } from "../../../protocol/request-record.ts";
import * as keys from "../../../protocol/storage-keys.ts";
import { SWEEP_LOCK_KEY } from "../../../protocol/sweep-state.ts";
import { createMemoryStore } from "../stores/memory-store.ts";
import { createMemoryIndex, withShortPages } from "./memory-stores.ts";

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
/** Some day of the store's clock. */
const START = Date.UTC(2030, 0, 1);

export function hexOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The 32 digits of a store path with this name. */
export function pathHash(name: string): string {
  return hexOf(name).slice(0, 32).replaceAll("e", "z");
}

export function pathOf(name: string): string {
  return `/nix/store/${pathHash(name)}-${name}`;
}

interface ImageParts {
  readonly layers: readonly string[];
  /** Names of store paths. */
  readonly paths?: readonly string[];
}

export interface PutImage {
  readonly oci: Digest;
  readonly docker: Digest;
}

/** A bucket and a namespace with a clock, and ways to fill them. */
export class Bucket {
  readonly clock = { time: START };
  readonly store = withShortPages(createMemoryStore(() => this.clock.time));
  readonly index = createMemoryIndex();

  /** All but that of the lock, which stays after a collection. */
  get keys(): readonly string[] {
    const all = [...this.store.objects.keys(), ...this.index.pairs.keys()];
    return all.filter((key) => key !== SWEEP_LOCK_KEY).toSorted();
  }

  /** "" if there is no such object. */
  text(key: string): string {
    return Buffer.from(this.store.objects.get(key)?.bytes ?? []).toString();
  }

  pass(ms: number): void {
    this.clock.time += ms;
  }

  async put(key: string, content: string | Uint8Array | object): Promise<void> {
    const isBytes = content instanceof Uint8Array;
    const bytes = isBytes ? content : Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
    await this.store.put(key, { kind: "bytes", bytes }, { contentType: "text/plain" });
  }

  async blob(text: string): Promise<{ readonly digest: Digest; readonly size: number }> {
    const digest = sha256Digest(hexOf(text));
    await this.put(keys.blobKey(digest), text);
    return { digest, size: text.length };
  }

  async manifest(value: object): Promise<Digest> {
    const text = JSON.stringify(value);
    const digest = sha256Digest(hexOf(text));
    await this.put(keys.manifestKey(digest), text);
    this.index.pairs.set(keys.manifestCacheKey(digest), text);
    return digest;
  }

  /** An image in both formats, with all its records. */
  async image(name: string, { layers, paths = [] }: ImageParts): Promise<PutImage> {
    const config = await this.blob(`config of ${name}`);
    const blobs = await Promise.all(layers.map((layer) => this.blob(layer)));
    const [oci, docker] = await Promise.all(
      (["oci", "docker"] as const).map((format) =>
        this.manifest({ mediaType: MEDIA_TYPES[format].manifest, config, layers: blobs }),
      ),
    );
    if (!oci || !docker) throw new Error("no manifests");
    const known = paths.map((path) => ({ path: pathOf(path), narSize: 1, references: [] }));
    await this.put(keys.contentsKey(oci), { packages: [], paths: known, layers: [] });
    await this.put(keys.imageKey(hexOf(name)), imageRecordJson({ manifests: { oci, docker }, seenAt: 0 }));
    await this.put(keys.requestKey(hexOf(`request of ${name}`)), requestRecordJson(hexOf(name)));
    const manifest = this.text(keys.manifestKey(oci));
    await this.put(keys.trustKey(await trustId(oci, manifest)), "signatures");
    for (const path of paths) {
      await this.put(keys.closurePathsKey(pathHash(path)), {});
      await this.put(keys.treeKey(pathHash(path)), "tree");
    }
    return { oci, docker };
  }

  /** What a Worker unpacks beside a manifest: a list of one artifact, and the artifact. */
  async attach(subject: Digest): Promise<Digest> {
    const bill = await this.blob(`bill of ${subject}`);
    const config = await this.blob("{}");
    const mediaType = MEDIA_TYPES.oci.manifest;
    const artifact = await this.manifest({ mediaType, config, layers: [{ mediaType: "text/spdx", ...bill }] });
    const referrers = await this.manifest({
      mediaType: OCI_INDEX_MEDIA_TYPE,
      manifests: [{ mediaType, digest: artifact, size: 1, artifactType: "text/spdx" }],
    });
    await this.put(keys.attachedKey(subject), attachedRecordJson({ etag: "x", referrers }));
    return artifact;
  }

  /** A list of images, with an attestation. */
  async list(images: readonly [amd64: PutImage, arm64: PutImage]): Promise<PutImage> {
    const statement = await this.blob(`statement about ${images[0].oci}`);
    const config = await this.blob("config of an attestation");
    const attestation = await this.manifest({ mediaType: MEDIA_TYPES.oci.manifest, config, layers: [statement] });
    const listOf = (format: "oci" | "docker") =>
      this.manifest({
        mediaType: LIST_MEDIA_TYPES[format],
        manifests: [
          ...images.map((image, place) => ({
            digest: image[format],
            size: 1,
            platform: { os: "linux", architecture: place === 0 ? "amd64" : "arm64" },
          })),
          { digest: attestation, size: 1, platform: { os: "unknown", architecture: "unknown" } },
        ],
      });
    return { oci: await listOf("oci"), docker: await listOf("docker") };
  }

  /** Tags as `name:tag`, in R2 and KV. */
  async tag(name: string, manifests: PutImage, revision = "r1"): Promise<string> {
    const [packages = "", tag = "latest"] = name.split(":");
    const key = await keys.tagKey({ source: "test", tag, architecture: "amd64", packages: packages.split("/") });
    const record = { manifests, revision, resolvedAt: "2030-01-01T00:00:00.000Z" };
    await this.put(keys.storedKeyOfTag(key), record);
    this.index.pairs.set(key, JSON.stringify(record));
    return keys.storedKeyOfTag(key);
  }

  async layerList(layers: readonly string[]): Promise<void> {
    const listed = layers.map((layer) => {
      const digest = sha256Digest(hexOf(layer));
      return { hash: hexOf(layer), digest, diffId: digest, size: layer.length, seenAt: 0 };
    });
    await this.put(keys.LAYER_LIST_KEY, layerListJson({ store: "s", layers: listed }));
  }

  /** The bundle of a package that needs another one. Both have a layer of their own. Returns its key. */
  async bundle(path: string, needed: string): Promise<string> {
    const layerOf = async (name: string) => ({
      ...(await this.blob(`layer of ${name}`)),
      diffId: sha256Digest(hexOf(name)),
    });
    const bytes = await encodeBundle({
      closure: [
        { path: pathOf(path), narSize: 1, references: [pathOf(path), pathOf(needed)] },
        { path: pathOf(needed), narSize: 1, references: [] },
      ],
      solos: new Map([[pathOf(path), await layerOf(path)]]),
      rests: new Map([[hexOf(needed), await layerOf(needed)]]),
      steps: [1],
      trees: new Map(),
      facts: new Map(),
      popularity: { packages: new Map(), roots: new Map() },
    });
    const key = keys.bundleKey(hexOf(`bundle of ${path}`));
    await this.put(key, bytes ?? "");
    return key;
  }

  /** Collects garbage. Sleep moves the store's clock, so nothing waits. */
  collecting(change: Partial<Collecting> = {}): Collecting {
    let steady = 0;
    return {
      store: this.store,
      index: this.index,
      times: { keepMs: 30 * DAY, keepBuiltMs: 30 * DAY, graceMs: HOUR },
      clock: {
        steady: () => steady,
        wall: () => 0,
        sleep: async (ms) => {
          steady += ms;
          this.pass(ms);
        },
        // Time passes only in `sleep`. After it, the collection renews its lock by itself.
        every: () => () => {},
      },
      signal: new AbortController().signal,
      listener: { onPhase: () => {}, onStep: () => {}, onNote: () => {} },
      ...change,
    };
  }

  async collect(change: Partial<Collecting> = {}) {
    return collect(this.collecting(change));
  }
}
