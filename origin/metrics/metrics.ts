import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { BuildPhase } from "../../protocol/build-events.ts";
import type { OciErrorCode } from "../../protocol/oci-error.ts";
import { RELEASE } from "../../protocol/release.ts";
import { CACHE_FAULTS, type CacheFault } from "../caches/cache-fault.ts";
import type { BundleOutcome } from "../bundles/bundler.ts";
import type { StoreCollection } from "../disks/bound-store.ts";
import type { DiskSpace } from "../disks/disk-space.ts";
import type { LayerWithWork } from "../layers/pack-layer.ts";
import type { TrustOutcome } from "../trust/image-trust.ts";

/** The result of a build: an image, or the error's code. */
export type BuildResult = "image" | OciErrorCode;

/** Measures one build. */
export interface BuildMeter {
  phase(phase: BuildPhase): void;
  end(result: BuildResult): void;
}

/** The origin's metrics. No label has a value that a caller can make up, such as an image name. */
export interface Metrics {
  buildBegan(): BuildMeter;
  /** Shows the version of the Nix that builds. */
  nix(version: string): void;
  /** Shows whether the source needs a newer Nix. */
  nixTooOld(isTooOld: boolean): void;
  /** Counts a layer that was found or packed. */
  layer(layer: Pick<LayerWithWork, "size" | "work">): void;
  /** Counts a package whose bundle was made, known, or not made. */
  bundle(outcome: BundleOutcome): void;
  /** Counts an image that was described and signed, known, or not signed. */
  trust(outcome: TrustOutcome): void;
  /** Counts a fault of a binary cache. */
  cacheFault(fault: Pick<CacheFault, "cache" | "kind">): void;
  /** Shows the size of the Nix store after a look at it, and counts what was removed. */
  storeCollected(collection: StoreCollection): void;
  /** Shows the space of a disk. */
  disk(space: DiskSpace): void;
  /** Whether a binary cache answered its last check. Counts its faults from zero. */
  cacheChecked(address: string, isUp: boolean): void;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** From the lookup of a known tag to the compilation of a program. */
const PHASE_BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 150, 300, 900, 3600];

/** These results are counted from zero at the start. Alerts look for a rise, and the first failure must be a rise. */
const RESULTS: readonly BuildResult[] = ["image", "MANIFEST_UNKNOWN", "UNAVAILABLE", "UNKNOWN"];
const OUTCOMES = ["packed", "known"] as const;
const BUNDLE_OUTCOMES: readonly BundleOutcome[] = ["written", "known", "failed", "dropped"];
const TRUST_OUTCOMES: readonly TrustOutcome[] = ["signed", "described", "known", "failed", "dropped"];

/** `now` in milliseconds. */
export function createMetrics(now: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const instruments = createInstruments(registry);
  const {
    builds,
    underWay,
    phaseSeconds,
    layers,
    layerBytes,
    bundles,
    trusted,
    nix,
    nixTooOld,
    cacheFaults,
    cacheUp,
    build,
  } = instruments;
  build.set({ version: RELEASE }, 1);
  for (const result of RESULTS) builds.inc({ result }, 0);
  for (const outcome of OUTCOMES) layers.inc({ outcome }, 0);
  for (const outcome of BUNDLE_OUTCOMES) bundles.inc({ outcome }, 0);
  // They have no value before the first look at the store, and never without a limit.
  instruments.nixStoreBytes.remove();
  instruments.nixStoreCollected.remove();
  for (const outcome of TRUST_OUTCOMES) trusted.inc({ outcome }, 0);
  return {
    buildBegan() {
      let endPhase: (() => void) | undefined;
      return {
        phase(phase) {
          endPhase?.();
          const began = now();
          underWay.inc({ phase });
          endPhase = () => {
            underWay.dec({ phase });
            phaseSeconds.observe({ phase }, (now() - began) / 1000);
          };
        },
        end(result) {
          endPhase?.();
          builds.inc({ result });
        },
      };
    },
    nix: (version) => nix.set({ version }, 1),
    nixTooOld: (isTooOld) => nixTooOld.set(isTooOld ? 1 : 0),
    layer({ size, work }) {
      const outcome: (typeof OUTCOMES)[number] = work ? "packed" : "known";
      layers.inc({ outcome });
      if (work) layerBytes.inc(size);
    },
    bundle: (outcome) => bundles.inc({ outcome }),
    trust: (outcome) => trusted.inc({ outcome }),
    cacheFault: ({ cache, kind }) => cacheFaults.inc({ cache, kind }),
    cacheChecked(cache, isUp) {
      cacheUp.set({ cache }, isUp ? 1 : 0);
      for (const kind of CACHE_FAULTS) cacheFaults.inc({ cache, kind }, 0);
    },
    storeCollected({ bytes, freed }) {
      instruments.nixStoreBytes.set(bytes);
      instruments.nixStoreFreed.inc(freed);
      instruments.nixStoreCollected.setToCurrentTime();
    },
    disk({ name: disk, free, size }) {
      instruments.diskFree.set({ disk }, free);
      instruments.diskSize.set({ disk }, size);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function createInstruments(registry: Registry) {
  const registers = [registry];
  return {
    build: new Gauge({
      name: "cornice_build_info",
      help: "The release of this origin; always 1",
      labelNames: ["version"],
      registers,
    }),
    builds: new Counter({
      name: "cornice_builds_total",
      help: "Builds that have ended, by result: image or an error code",
      labelNames: ["result"],
      registers,
    }),
    underWay: new Gauge({
      name: "cornice_builds_under_way",
      help: "Builds that run now, by phase; layers that wait to be packed are in phase pack",
      labelNames: ["phase"],
      registers,
    }),
    phaseSeconds: new Histogram({
      name: "cornice_build_phase_seconds",
      help: "Time of each phase of a build; Nix works in evaluate and realise",
      labelNames: ["phase"],
      buckets: PHASE_BUCKETS_S,
      registers,
    }),
    layers: new Counter({
      name: "cornice_layers_total",
      help: "Layers that builds and bundles needed: packed, or known from before",
      labelNames: ["outcome"],
      registers,
    }),
    bundles: new Counter({
      name: "cornice_bundles_total",
      help: "Packages of finished builds, by what happened to their bundles: written, known, failed or dropped",
      labelNames: ["outcome"],
      registers,
    }),
    trusted: new Counter({
      name: "cornice_signatures_total",
      help: "Images by what happened to their signatures: signed, described without a key, known, failed or dropped",
      labelNames: ["outcome"],
      registers,
    }),
    cacheFaults: new Counter({
      name: "cornice_cache_faults_total",
      help: "Faults of binary caches that builds met, by cache and kind; another cache may have made up for them",
      labelNames: ["cache", "kind"],
      registers,
    }),
    cacheUp: new Gauge({
      name: "cornice_cache_up",
      help: "Whether a binary cache answered when it was last checked",
      labelNames: ["cache"],
      registers,
    }),
    layerBytes: new Counter({
      name: "cornice_layer_bytes_total",
      help: "Compressed bytes of the layers that were packed",
      registers,
    }),
    nix: new Gauge({
      name: "cornice_nix_info",
      help: "1, with the version of the Nix that builds",
      labelNames: ["version"],
      registers,
    }),
    ...createDiskInstruments(registers),
    nixTooOld: new Gauge({
      name: "cornice_nix_too_old",
      help: "1 if the package source needs a newer Nix than the machine has, else 0",
      registers,
    }),
  };
}

function createDiskInstruments(registers: Registry[]) {
  return {
    nixStoreBytes: new Gauge({
      name: "cornice_nix_store_bytes",
      help: "Bytes of all paths of the Nix store, if CORNICE_NIX_STORE_GIB limits them",
      registers,
    }),
    nixStoreFreed: new Counter({
      name: "cornice_nix_store_freed_bytes_total",
      help: "Bytes that were removed from the Nix store to keep it below its limit",
      registers,
    }),
    nixStoreCollected: new Gauge({
      name: "cornice_nix_store_collected_timestamp_seconds",
      help: "When the Nix store was last compared with its limit",
      registers,
    }),
    diskFree: new Gauge({
      name: "cornice_disk_free_bytes",
      help: "Bytes that can still be written, by what is on the disk: nix, spool, kept or sources",
      labelNames: ["disk"],
      registers,
    }),
    diskSize: new Gauge({
      name: "cornice_disk_size_bytes",
      help: "Bytes of the whole file system, by what is on the disk",
      labelNames: ["disk"],
      registers,
    }),
  };
}
