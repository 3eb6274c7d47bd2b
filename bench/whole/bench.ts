import type { DockerRegistry } from "../edge/docker-registry.ts";
import type { Wrk } from "../edge/wrk.ts";
import type { WholeOptions } from "./options.ts";
import type { Count, Sample } from "./sample.ts";
import type { Timed } from "./timed-command.ts";

/** An image that is measured cold. */
export interface ColdImage {
  readonly name: string;
  /** The name of the same image with one package more. */
  readonly more?: string;
  /** The store paths of the image. */
  readonly paths: readonly string[];
}

/** The values that all rounds share. */
export interface Bench extends WholeOptions {
  /** For temporary files. */
  readonly directory: string;
  /** The folder that holds revisions of the starter set. With a copy of it, a start need not read Debian's lists. */
  readonly starter: string;
  /** The starter set, as Nix imports it. */
  readonly packages: string;
  readonly peer: DockerRegistry;
  readonly wrk: Wrk;
  readonly record: (sample: Sample) => void;
  readonly count: (count: Count) => void;
}

/** The names of the measurements. */
export const rows = {
  cold: (name: string) => `cold ${name}, request to manifest`,
  pull: (name: string) => `cold ${name}, whole pull by skopeo`,
  more: (name: string) => `${name} after it, request to manifest`,
  firstPull: (name: string) => `first pull of ${name} by skopeo`,
  secondPull: (name: string) => `second pull of ${name} by skopeo`,
  warm: "warm manifests, 16 connections",
  build: (name: string) => `bin/cornice build ${name}`,
} as const;

export function timedSample(row: string, by: string, { seconds, cpuSeconds }: Timed): Sample {
  return { row, by, value: seconds, unit: "s", cpuSeconds };
}
